import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { DrError } from '@novacron/contracts';
import { packageHint } from './packages.js';
import { isOnPath } from './programs.js';

/** The operating-system user a program runs as, where we are root and the program refuses that (PostgreSQL does). */
export interface RunAs {
  readonly uid: number;
  readonly gid: number;
}

export interface CommandOptions {
  readonly program: string;
  /** Visible to every user of the machine in the process list: never a secret. Secrets go by `env` or `input`. */
  readonly args: readonly string[];
  readonly cwd?: string;
  /** Added to PATH, HOME and the locale; nothing else of our own environment is handed on. */
  readonly env?: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
  readonly input?: string | Uint8Array;
  /** Of each of stdout and stderr, the last this many bytes are kept (default 1 MiB). */
  readonly maxOutputBytes?: number;
  readonly runAs?: RunAs;
  /** Exit codes that are an answer rather than a failure (default 0 alone). */
  readonly acceptExitCodes?: readonly number[];
  readonly onStderr?: (text: string) => void;
}

export interface CommandResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

const killGraceMs = 2_000;
/** A daemon that a start command left behind may hold our pipes open for ever: after the exit they get this long. */
const pipesAfterExitMs = 250;
const defaultOutputBytes = 1024 * 1024;

/**
 * Runs a program without a shell, as the leader of its own process group. Resolves when it ended with an accepted exit code.
 * On timeout or abort the whole group gets SIGTERM, then SIGKILL. Throws COMMAND_FAILED (with the end of its output in
 * details), TIMEOUT, or PROGRAM_MISSING (the hint names the package).
 */
export function runCommand(options: CommandOptions): Promise<CommandResult> {
  const name = options.program.split('/').at(-1) ?? options.program;
  return new Promise((resolve, reject) => {
    if (options.signal?.aborted) {
      reject(aborted(name, options.signal));
      return;
    }
    const child = spawn(options.program, [...options.args], {
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      env: { ...baseEnvironment(), ...options.env },
      detached: true,
      stdio: ['pipe', 'pipe', 'pipe'],
      ...options.runAs,
    });
    const limit = options.maxOutputBytes ?? defaultOutputBytes;
    const stdout = new OutputTail(limit);
    const stderr = new OutputTail(limit);
    let ended: DrError | undefined;
    let hardKill: NodeJS.Timeout | undefined;

    const end = (reason: DrError) => {
      ended ??= reason;
      killGroup(child.pid, 'SIGTERM');
      hardKill ??= setTimeout(() => killGroup(child.pid, 'SIGKILL'), killGraceMs);
    };
    const timer = setTimeout(
      () => end(new DrError('TIMEOUT', `${name} did not end within ${options.timeoutMs} ms`)),
      options.timeoutMs,
    );
    const onAbort = () => end(aborted(name, options.signal));
    options.signal?.addEventListener('abort', onAbort, { once: true });

    let settled = false;
    const settle = (finish: () => void) => {
      if (settled) return;
      settled = true;
      clearTimeout(timer);
      clearTimeout(hardKill);
      options.signal?.removeEventListener('abort', onAbort);
      child.stdout.destroy();
      child.stderr.destroy();
      finish();
    };
    const finish = (code: number | null, signal: NodeJS.Signals | null) =>
      settle(() => {
        if (ended) {
          killGroup(child.pid, 'SIGKILL');
          reject(ended);
        } else if (code !== null && (options.acceptExitCodes ?? [0]).includes(code)) {
          resolve({ exitCode: code, stdout: stdout.text(), stderr: stderr.text() });
        } else reject(failed(name, code, signal, stderr.text() || stdout.text()));
      });

    child.stdout.on('data', (chunk: Buffer) => stdout.add(chunk));
    child.stderr.on('data', (chunk: Buffer) => {
      stderr.add(chunk);
      options.onStderr?.(chunk.toString());
    });
    child.on('error', (error: NodeJS.ErrnoException) => settle(() => reject(notStarted(options, name, error))));
    child.on('exit', (code, signal) => setTimeout(() => finish(code, signal), pipesAfterExitMs).unref());
    child.on('close', finish);
    // A program that does not read its input closes the pipe: its exit code tells what it made of that.
    child.stdin.on('error', () => undefined);
    child.stdin.end(options.input ?? '');
  });
}

/** What a program needs of our environment; everything else may hold secrets that are not its own. */
export function baseEnvironment(): Record<string, string> {
  const kept = ['PATH', 'HOME', 'TMPDIR', 'LD_LIBRARY_PATH'];
  const inherited = kept.flatMap((name) =>
    process.env[name] === undefined ? [] : [[name, process.env[name]] as const],
  );
  return { ...Object.fromEntries(inherited), LANG: 'C.UTF-8', LC_ALL: 'C.UTF-8', TZ: 'UTC' };
}

/** Sends the signal to the group that `pid` leads; a group that is gone is no error. */
export function killGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // It ended by itself.
  }
}

class OutputTail {
  readonly #chunks: Buffer[] = [];
  #size = 0;

  constructor(private readonly limit: number) {}

  add(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#size += chunk.length;
    while (this.#size - (this.#chunks[0]?.length ?? 0) >= this.limit) this.#size -= this.#chunks.shift()?.length ?? 0;
  }

  text(): string {
    return Buffer.concat(this.#chunks).subarray(-this.limit).toString();
  }
}

function aborted(name: string, signal: AbortSignal | undefined): DrError {
  return new DrError('TIMEOUT', `${name} was aborted`, { cause: signal?.reason });
}

function failed(name: string, code: number | null, signal: string | null, output: string): DrError {
  const how = code === null ? `was killed by ${signal}` : `ended with exit code ${code}`;
  const lastLines = output.trim().split('\n').slice(-20).join('\n').slice(-4_000);
  return new DrError('COMMAND_FAILED', `${name} ${how}`, {
    details: lastLines === '' ? [] : [{ path: name, problem: lastLines }],
  });
}

function notStarted(options: CommandOptions, name: string, error: NodeJS.ErrnoException): DrError {
  const cwdIsThere = options.cwd === undefined || existsSync(options.cwd);
  // A folder of PATH that we may not enter hides whether the program is in it, and the system then says EACCES.
  const isMissing =
    error.code === 'ENOENT' || (error.code === 'EACCES' && !options.program.includes('/') && !isOnPath(name));
  if (isMissing && cwdIsThere) {
    return new DrError('PROGRAM_MISSING', `${options.program} is not installed`, {
      hint: packageHint(name),
      cause: error,
    });
  }
  const problem = cwdIsThere ? error.message : `its working directory ${options.cwd} does not exist`;
  return new DrError('COMMAND_FAILED', `${name} could not be started: ${problem}`, { retryable: false, cause: error });
}
