import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { randomBytes } from 'node:crypto';
import { DrError } from '@novacron/contracts';
import { pollUntil } from '../command/poll.js';
import { baseEnvironment, type RunAs } from '../command/run-command.js';
import { withRedis } from './connection.js';
import { RedisMember } from './redis-member.js';

export interface ScratchRedisOptions {
  /** A folder that holds the dump and that the server may write. */
  readonly dataDir: string;
  /** The dump's name in that folder. */
  readonly dumpFile: string;
  readonly port: number;
  readonly program: string;
  readonly runAs?: RunAs;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

export interface ScratchRedis {
  readonly member: RedisMember;
  readonly pid: number;
  /** Keys that the server holds after loading; keys that expired since the dump was made are not among them. */
  readonly keys: number;
  stop(): Promise<void>;
}

const stopGraceMs = 5_000;

/**
 * Loads a dump into a server of its own on loopback, under a password made for it. Append-only files are off: with them on,
 * and none there, Redis starts empty and says nothing. Throws CORRUPT_OBJECT with the server's words when it does not take
 * the dump, PROGRAM_MISSING, or TIMEOUT.
 */
export async function startScratchRedis(options: ScratchRedisOptions): Promise<ScratchRedis> {
  const { dataDir, dumpFile, port, program, runAs, timeoutMs, signal } = options;
  const password = randomBytes(16).toString('hex');
  const child = spawn(program, ['-'], {
    cwd: dataDir,
    env: baseEnvironment(),
    stdio: ['pipe', 'pipe', 'ignore'],
    ...runAs,
  });
  const stop = () => end(child);
  let log = '';
  child.stdout.on('data', (chunk: Buffer) => (log = (log + chunk.toString()).slice(-4_000)));
  child.stdin.on('error', () => undefined);
  // The configuration goes by standard input: on the command line everyone could read the password.
  child.stdin.end(configuration({ port, dir: dataDir, dbfilename: dumpFile, requirepass: password }));
  const member = new RedisMember({ name: 'scratch', host: '127.0.0.1', port, password });
  try {
    await started(child, program);
    await pollUntil(
      'loading of the dump',
      async () => {
        if (hasEnded(child)) throw refused(dumpFile, log);
        return (await isLoaded(member, signal).catch(() => false)) || undefined;
      },
      { timeoutMs, signal },
    );
    // Something else may answer on a port that the server could not have.
    if (hasEnded(child)) throw refused(dumpFile, log);
    const { keys } = await member.status({ signal });
    return { member, pid: child.pid ?? 0, keys, stop };
  } catch (error) {
    await stop();
    throw DrError.from(error);
  }
}

function configuration(own: Readonly<Record<string, string | number>>): string {
  const settings = {
    bind: '127.0.0.1',
    'protected-mode': 'yes',
    appendonly: 'no',
    save: '""',
    daemonize: 'no',
    ...own,
  };
  return Object.entries(settings)
    .map(([name, value]) => `${name} ${name === 'dir' || name === 'dbfilename' ? JSON.stringify(value) : value}\n`)
    .join('');
}

async function started(child: ChildProcess, program: string): Promise<void> {
  await once(child, 'spawn').catch((error: unknown) => {
    throw new DrError('PROGRAM_MISSING', `${program} cannot be run`, {
      hint: 'install the package redis-server',
      cause: error,
    });
  });
}

async function isLoaded(member: RedisMember, signal: AbortSignal | undefined): Promise<boolean> {
  const info = await withRedis(member.options, { signal, timeoutMs: 1_000 }, (client) => client.info('persistence'));
  return /^loading:0\r?$/mu.test(info);
}

function refused(dumpFile: string, log: string): DrError {
  return new DrError('CORRUPT_OBJECT', `Redis did not load ${dumpFile}`, {
    details: [{ path: dumpFile, problem: log.trim().split('\n').slice(-8).join('\n') }],
  });
}

async function end(child: ChildProcess): Promise<void> {
  if (hasEnded(child) || child.pid === undefined) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  const hardKill = setTimeout(() => child.kill('SIGKILL'), stopGraceMs);
  await exited;
  clearTimeout(hardKill);
}

const hasEnded = (child: ChildProcess) => child.exitCode !== null || child.signalCode !== null;
