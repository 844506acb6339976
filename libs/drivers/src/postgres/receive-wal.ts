import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { DrError } from '@novacron/contracts';
import { packageHint } from '../command/packages.js';
import { baseEnvironment, type RunAs } from '../command/run-command.js';
import { emptyBrokenOff } from './broken-off.js';
import { conninfo } from './conninfo.js';

export interface ReceiveWalOptions {
  readonly host: string;
  readonly port: number;
  /** A role with REPLICATION. */
  readonly user: string;
  readonly password: string;
  /** A physical slot on the server, so that nothing is recycled before it was received; make it first. */
  readonly slot: string;
  /** Where the segments go; the one being received is named `*.partial`. */
  readonly spoolDir: string;
  readonly binDir: string;
  /** Under which `synchronous_standby_names` would know it (default `novacron-dr-wal`). */
  readonly applicationName?: string;
  readonly runAs?: RunAs;
  /** Puts the spool right before each start of pg_receivewal, which begins with the newest segment there; says what it did. */
  readonly prepare?: () => string | undefined;
  /** Told of each line that pg_receivewal writes, and of each end with the delay until the next try. */
  readonly onMessage?: (message: string) => void;
}

const firstDelayMs = 200;
const longestDelayMs = 5_000;
/** A run that lasted this long was a connection that worked: the next failure begins with the short delay again. */
const settledMs = 10_000;
const stopGraceMs = 5_000;

/**
 * Receives WAL as it is written, by pg_receivewal with --synchronous (each byte flushed before it is confirmed, so that the
 * slot never gets ahead of the spool). It is started anew with a growing delay whenever it ends, until `stop`. It goes on
 * from the newest segment in the spool: after a failover, point a new one at the new primary and the same spool.
 */
export class ReceiveWal {
  #child: ChildProcess | undefined;
  #ended: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #delayMs = firstDelayMs;
  #stopped = false;
  #lastMessage = '';
  #lastError = '';

  constructor(private readonly options: ReceiveWalOptions) {}

  /** True while pg_receivewal runs; whether it keeps up shows in the slot's positions. */
  get running(): boolean {
    return this.#child !== undefined;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** The last line it wrote: the reason, where it keeps failing. */
  get lastMessage(): string {
    return this.#lastMessage;
  }

  /** The last error that it wrote, without its own name; empty before the first. */
  get lastError(): string {
    return this.#lastError;
  }

  /** Throws PROGRAM_MISSING; a server that is away is no error, it is tried again. */
  start(): void {
    const program = join(this.options.binDir, 'pg_receivewal');
    if (!existsSync(program)) {
      throw new DrError('PROGRAM_MISSING', `${program} is not installed`, { hint: packageHint('pg_receivewal') });
    }
    if (!this.options.runAs) mkdirSync(this.options.spoolDir, { recursive: true, mode: 0o700 });
    this.#run(program);
  }

  /** Ends it cleanly, so that what it has is flushed; what it received stays in the spool. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    this.#child?.kill('SIGINT');
    const hardKill = setTimeout(() => this.#child?.kill('SIGKILL'), stopGraceMs);
    await this.#ended;
    clearTimeout(hardKill);
  }

  #run(program: string): void {
    const { host, port, user, password, slot, spoolDir, runAs, applicationName = 'novacron-dr-wal' } = this.options;
    const startedAt = performance.now();
    for (const name of emptyBrokenOff(spoolDir)) this.#say(`${name} was emptied: a full disc had cut it off`);
    const prepared = this.options.prepare?.();
    if (prepared !== undefined) this.#say(prepared);
    const child = spawn(
      program,
      [
        ...[
          '-D',
          spoolDir,
          '-d',
          conninfo({ host, port, user, application_name: applicationName, connect_timeout: 3 }),
        ],
        ...[`--slot=${slot}`, '--synchronous', '--status-interval=1', '--no-loop', '--no-password', '--verbose'],
      ],
      { env: { ...baseEnvironment(), PGPASSWORD: password }, stdio: ['ignore', 'ignore', 'pipe'], ...runAs },
    );
    this.#child = child;
    // It writes a line in pieces: its name, the level, the words.
    createInterface({ input: child.stderr }).on('line', (line) => {
      if (line !== '') this.#say(line);
    });
    this.#ended = new Promise((resolve) => {
      child.once('close', (code, signal) => {
        this.#child = undefined;
        if (!this.#stopped) {
          if (performance.now() - startedAt > settledMs) this.#delayMs = firstDelayMs;
          this.#say(`pg_receivewal ended (${signal ?? `exit code ${code}`}), again in ${this.#delayMs} ms`);
          this.#timer = setTimeout(() => this.#run(program), this.#delayMs);
          this.#delayMs = Math.min(this.#delayMs * 2, longestDelayMs);
        }
        resolve();
      });
      child.once('error', (error) => this.#say(error.message));
    });
  }

  #say(message: string): void {
    this.#lastMessage = message;
    const error = /error: (?<reason>.*)$/u.exec(message)?.groups?.['reason'] ?? '';
    // Its second error only says that the connection is over.
    if (error !== '' && error !== 'disconnected') this.#lastError = error;
    this.options.onMessage?.(message);
  }
}
