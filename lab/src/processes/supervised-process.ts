import { setTimeout as delay } from 'node:timers/promises';
import { provenAfterMs, restartDelayMs } from './restart-delay.js';
import { ServerProcess, type ServerSpec } from './server-process.js';

export interface SupervisedOptions {
  readonly spec: ServerSpec;
  /** The signal that asks for an orderly end, and how long it may take. */
  readonly stopSignal?: NodeJS.Signals;
  readonly graceMs?: number;
  /** Before every start, the first one too: such as writing a configuration anew. */
  readonly prepare?: () => Promise<void>;
  /** After every change of the pid. */
  readonly onChange?: () => void;
}

/** A server that is started again whenever it ends, as systemd's `Restart=always` would. */
export class SupervisedProcess {
  private current?: ServerProcess;
  private quickDeaths = 0;
  private readonly ending = new AbortController();
  private watching: Promise<void> = Promise.resolve();

  constructor(private readonly options: SupervisedOptions) {}

  get name(): string {
    return this.options.spec.name;
  }

  /** Undefined while it is down. */
  get pid(): number | undefined {
    return this.current?.running ? this.current.pid : undefined;
  }

  /** Starts it; from now on it is kept running until `stop`. */
  async start(): Promise<ServerProcess> {
    const first = await this.launch();
    this.watching = this.keepRunning();
    return first;
  }

  /** Ends it for good; resolves when it is gone. */
  async stop(): Promise<void> {
    this.ending.abort();
    await this.current?.stop(this.options.stopSignal ?? 'SIGTERM', this.options.graceMs ?? 3_000);
    await this.watching;
  }

  private async launch(): Promise<ServerProcess> {
    await this.options.prepare?.();
    this.current = await ServerProcess.start(this.options.spec);
    this.options.onChange?.();
    return this.current;
  }

  private async keepRunning(): Promise<void> {
    const { signal } = this.ending;
    for (let startedAt = performance.now(); ; startedAt = performance.now()) {
      await this.current?.exited;
      this.options.onChange?.();
      if (signal.aborted) return;
      this.quickDeaths = performance.now() - startedAt < provenAfterMs ? this.quickDeaths + 1 : 0;
      await delay(restartDelayMs(this.quickDeaths), undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
      // A start that fails counts as a death: the one before is still there to be waited for.
      await this.launch().catch(() => undefined);
      if (signal.aborted) await this.current?.kill();
    }
  }
}
