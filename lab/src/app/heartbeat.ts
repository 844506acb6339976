import { watch } from 'node:fs';
import { readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type AppConfig, type AppMode, readMode } from './app-config.js';

export const backgroundPrograms = ['scheduler', 'worker'] as const;
export type Background = (typeof backgroundPrograms)[number];

const beatEveryMs = 250;
const silentAfterMs = 2_000;

const heartbeatFile = (folder: string, program: Background): string => join(folder, `${program}.heartbeat`);

/**
 * Shows that a program is alive and in which mode, and calls `work` while the site is active; work that fails is tried again
 * at the next beat. A change of mode is taken up at once.
 */
export async function beat(config: AppConfig, program: Background, work: () => Promise<void>): Promise<never> {
  let wake = new AbortController();
  watch(config.folder, (_, file) => {
    if (file === 'mode') wake.abort();
  });
  for (let lastMode: AppMode | undefined; ;) {
    wake = new AbortController();
    const mode = await readMode(config.folder);
    await show(config.folder, program, mode);
    if (mode !== lastMode) log(`${program} is ${mode}`);
    lastMode = mode;
    if (mode === 'active') await work().catch((error: unknown) => log(`${program} could not work: ${String(error)}`));
    await delay(beatEveryMs, undefined, { signal: wake.signal }).catch(() => undefined);
  }
}

async function show(folder: string, program: Background, mode: AppMode): Promise<void> {
  const file = heartbeatFile(folder, program);
  await writeFile(`${file}.new`, mode);
  await rename(`${file}.new`, file);
}

export interface Heartbeat {
  /** Since the last beat; undefined when there never was one. */
  readonly silenceMs?: number;
  readonly mode?: string;
}

export async function heartbeatOf(folder: string, program: Background): Promise<Heartbeat> {
  try {
    const file = heartbeatFile(folder, program);
    const [{ mtimeMs }, mode] = await Promise.all([stat(file), readFile(file, 'utf8')]);
    return { silenceMs: Math.max(0, Math.round(Date.now() - mtimeMs)), mode };
  } catch {
    return {};
  }
}

export function isAlive({ silenceMs }: Heartbeat): boolean {
  return silenceMs !== undefined && silenceMs <= silentAfterMs;
}

export function log(message: string): void {
  console.log(JSON.stringify({ time: new Date().toISOString(), message }));
}
