import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DrError } from '@novacron/contracts';
import { pollUntil } from '../command/poll.js';
import { type RunAs, runCommand } from '../command/run-command.js';
import { shellQuote } from '../command/shell-quote.js';

/** `fast` ends sessions and writes a shutdown checkpoint; `immediate` is a crash, repaired at the next start. */
export type StopMode = 'fast' | 'immediate';

/** How a server's process is started and stopped on its own host. Each resolves once that is seen to be so. */
export interface ProcessControl {
  start(signal?: AbortSignal): Promise<void>;
  stop(mode: StopMode, signal?: AbortSignal): Promise<void>;
  isRunning(signal?: AbortSignal): Promise<boolean>;
  /** Free where its data stand, by whoever is there; undefined where nobody says. */
  freeBytes?(signal?: AbortSignal): Promise<number | undefined>;
}

export interface CommandControlOptions {
  readonly start: readonly string[];
  /** `{mode}` in a word becomes fast or immediate; the environment has it as DR_STOP_MODE as well. */
  readonly stop: readonly string[];
  /** Exit code 0: running; 3: stopped, as systemctl says it. */
  readonly status: readonly string[];
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Each command (default 60 s). */
  readonly timeoutMs?: number;
  readonly runAs?: RunAs;
}

const stoppedExitCode = 3;

/** Control by the commands of the estate file (systemctl over ssh, an agent, a lab), without a shell. */
export function commandControl(options: CommandControlOptions): ProcessControl {
  const run = (
    words: readonly string[],
    more: { env?: Record<string, string>; exitCodes?: number[]; signal?: AbortSignal | undefined },
  ) => {
    const [program = '', ...args] = words;
    return runCommand({
      program,
      args,
      cwd: options.cwd,
      env: { ...options.env, ...more.env },
      timeoutMs: options.timeoutMs ?? 60_000,
      acceptExitCodes: more.exitCodes ?? [0],
      ...(more.signal === undefined ? {} : { signal: more.signal }),
      ...(options.runAs === undefined ? {} : { runAs: options.runAs }),
    });
  };
  return {
    start: async (signal) => void (await run(options.start, { signal })),
    stop: async (mode, signal) => {
      const words = options.stop.map((word) => word.replaceAll('{mode}', mode));
      await run(words, { env: { DR_STOP_MODE: mode }, signal });
    },
    isRunning: async (signal) =>
      (await run(options.status, { exitCodes: [0, stoppedExitCode], signal })).exitCode === 0,
  };
}

export interface LocalControlOptions {
  readonly binDir: string;
  readonly dataDir: string;
  readonly logFile: string;
  /** Options of the server's command line, as `-c name=value` each. */
  readonly settings?: Readonly<Record<string, string>>;
  readonly runAs?: RunAs;
  readonly timeoutMs?: number;
}

/** Control of a server on this machine by pg_ctl. */
export function localControl(options: LocalControlOptions): ProcessControl {
  const { binDir, dataDir, logFile, settings = {}, runAs, timeoutMs = 60_000 } = options;
  const pgCtl = (args: readonly string[], signal?: AbortSignal) =>
    runCommand({
      program: join(binDir, 'pg_ctl'),
      args: [...args, '-D', dataDir, '-t', `${Math.ceil(timeoutMs / 1_000)}`],
      timeoutMs: timeoutMs + 1_000,
      ...(signal === undefined ? {} : { signal }),
      ...(runAs === undefined ? {} : { runAs }),
    });
  const isRunning = () => Promise.resolve(runningPostmaster(dataDir) !== undefined);
  return {
    start: async (signal) => {
      if (await isRunning()) return;
      await pollUntil('end of the killed server', async () => (isZombie(lockedBy(dataDir)) ? undefined : true), {
        timeoutMs,
        signal,
      });
      // pg_ctl hands `-o` to a shell.
      const words = Object.entries(settings).map(([name, value]) => `-c ${name}=${shellQuote(value)}`);
      await pgCtl(['start', '-w', '-l', logFile, '-o', words.join(' ')], signal).catch((error: unknown) => {
        throw withLog(DrError.from(error), logFile);
      });
    },
    stop: async (mode, signal) => {
      if (!(await isRunning())) return;
      await pgCtl(['stop', '-w', '-m', mode], signal);
      await pollUntil('end of the server', async () => ((await isRunning()) ? undefined : true), { timeoutMs, signal });
    },
    isRunning,
  };
}

/** pg_ctl says only that the server did not start; why is in the server's log. */
function withLog(error: DrError, logFile: string): DrError {
  const problem = existsSync(logFile)
    ? readFileSync(logFile, 'utf8').trim().split('\n').slice(-8).join('\n')
    : 'no log';
  const details = [...error.details, { path: logFile, problem }];
  return new DrError(error.code, error.message, {
    hint: error.hint,
    retryable: error.retryable,
    details,
    cause: error,
  });
}

/** The pid of the server that runs on a data directory of this machine; a pid file left by a crash is none. */
export function runningPostmaster(dataDir: string): number | undefined {
  const pid = lockedBy(dataDir);
  if (pid === undefined || !existsSync('/proc/self')) return pid !== undefined && exists(pid) ? pid : undefined;
  // After a reboot the number may be another program's.
  return /^Name:\s+post(gres|master)/m.test(processStatus(pid)) && !isZombie(pid) ? pid : undefined;
}

function lockedBy(dataDir: string): number | undefined {
  const file = join(dataDir, 'postmaster.pid');
  const pid = existsSync(file) ? Number(readFileSync(file, 'utf8').split('\n')[0]) : 0;
  return Number.isInteger(pid) && pid > 0 ? pid : undefined;
}

/** A process that ended and was not waited for yet: it holds nothing, but PostgreSQL's lock file check takes it for alive. */
function isZombie(pid: number | undefined): boolean {
  return pid !== undefined && /^State:\s+Z/m.test(processStatus(pid));
}

function processStatus(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/status`, 'utf8');
  } catch {
    return '';
  }
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}
