import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chown, mkdtemp, readdir, readFile, readlink, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { LabFile } from '../lab-file.js';
import { projectFolder } from '../layout/folders.js';

interface OrdinaryUser {
  asOrdinaryUser(): { prefix: string[]; env: Record<string, string> };
  ordinaryUser(): { uid: number; gid: number } | undefined;
}

const setUp = (await import(join(projectFolder, 'lab/setup/ordinary-user.mjs'))) as OrdinaryUser;

const commands = join(projectFolder, 'lab/dist/commands');
const readyTimeoutMs = 45_000;

/** A folder that the lab's user may write to. */
export async function labFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'lab-'));
  const user = setUp.ordinaryUser();
  if (user !== undefined) await chown(folder, user.uid, user.gid);
  return folder;
}

/** Far from the lab's own ports, and unlikely to be another test's. */
export function randomPortBase(): number {
  return 10_000 + 500 * Math.floor(Math.random() * 26);
}

/** One of the lab's commands as a user runs it, without root's rights. */
export class LabProcess {
  output = '';
  readonly ended: Promise<number>;

  private constructor(
    readonly folder: string,
    readonly portBase: number,
    private readonly child: ChildProcess,
  ) {
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (text: Buffer) => (this.output += String(text)));
    this.ended = once(child, 'close').then(([code]) => (code ?? -1) as number);
  }

  static run(command: string, args: readonly string[], folder: string, portBase: number): LabProcess {
    const { prefix, env } = setUp.asOrdinaryUser();
    const [program = '', ...words] = [...prefix, process.execPath, join(commands, `${command}.js`), ...args];
    const own = { DR_LAB_DIR: folder, DR_LAB_PORT_BASE: String(portBase) };
    const child = spawn(program, words, { env: { ...process.env, ...env, ...own }, stdio: ['ignore', 'pipe', 'pipe'] });
    return new LabProcess(folder, portBase, child);
  }

  get pid(): number {
    return this.child.pid as number;
  }

  signal(name: NodeJS.Signals): void {
    this.child.kill(name);
  }

  async ready(): Promise<LabFile> {
    await this.prints('ready after', readyTimeoutMs);
    return this.file();
  }

  async file(): Promise<LabFile> {
    return JSON.parse(await readFile(join(this.folder, 'lab.json'), 'utf8')) as LabFile;
  }

  async prints(text: string, timeoutMs: number): Promise<void> {
    await eventually(() => {
      if (this.output.includes(text)) return;
      throw new Error(`no ${JSON.stringify(text)} in:\n${this.output}`);
    }, timeoutMs);
  }

  /** The command's exit code and all it printed, of another command on the same lab. */
  async command(name: string, ...args: string[]): Promise<{ code: number; output: string }> {
    const other = LabProcess.run(name, args, this.folder, this.portBase);
    return { code: await other.ended, output: other.output };
  }

  async end(): Promise<void> {
    this.signal('SIGTERM');
    await this.ended;
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** Polls until `check` no longer throws; throws its last error after the deadline. */
export async function eventually<T>(check: () => T | Promise<T>, timeoutMs: number): Promise<T> {
  for (const deadline = performance.now() + timeoutMs; ;) {
    try {
      return await check();
    } catch (error) {
      if (performance.now() > deadline) throw error;
    }
    await delay(25);
  }
}

/** Every process whose command line or working directory names the folder. */
export async function processesOf(folder: string): Promise<string[]> {
  const found: string[] = [];
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/u.test(name))) {
    const words = (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).replaceAll('\0', ' ');
    const cwd = await readlink(`/proc/${pid}/cwd`).catch(() => '');
    if (words.includes(folder) || cwd.startsWith(folder)) found.push(`${pid} ${words || cwd}`);
  }
  return found;
}
