import { stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type AppConfig, type AppMode, readMode } from './app-config.js';

export type Background = 'scheduler' | 'worker';

const beatEveryMs = 250;
const silentAfterMs = 2_000;

const heartbeatFile = (folder: string, program: Background): string => join(folder, `${program}.heartbeat`);

/** Shows that a program is alive, and calls `work` while the site is active; work that fails is tried again at the next beat. */
export async function beat(config: AppConfig, program: Background, work: () => Promise<void>): Promise<never> {
  for (let lastMode: AppMode | undefined; ;) {
    await writeFile(heartbeatFile(config.folder, program), '');
    const mode = await readMode(config.folder);
    if (mode !== lastMode) log(`${program} is ${mode}`);
    lastMode = mode;
    if (mode === 'active') await work().catch((error: unknown) => log(`${program} could not work: ${String(error)}`));
    await delay(beatEveryMs);
  }
}

/** Milliseconds since the program's last beat; undefined when it never had one. */
export async function silenceOf(folder: string, program: Background): Promise<number | undefined> {
  const found = await stat(heartbeatFile(folder, program)).catch(() => undefined);
  return found === undefined ? undefined : Date.now() - found.mtimeMs;
}

export function isAlive(silenceMs: number | undefined): boolean {
  return silenceMs !== undefined && silenceMs <= silentAfterMs;
}

export function log(message: string): void {
  console.log(JSON.stringify({ time: new Date().toISOString(), message }));
}
