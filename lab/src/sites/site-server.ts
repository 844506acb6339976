import { DrError } from '@novacron/contracts';
import { killTrees } from '../processes/process-tree.js';
import type { GuardVerdict } from './start-guard.js';

/** `dead` ended by itself or by `kill -9`; `quarantined` may not start, since the estate has moved on without it. */
export type ServerState = 'stopped' | 'starting' | 'running' | 'dead' | 'quarantined';

/** A program of a site that has been started; it answers once `ready` resolves. */
export interface RunningServer {
  readonly pid: number;
  readonly exited: Promise<void>;
  ready(): Promise<void>;
  /** An orderly end, after which nothing has to be repaired. */
  stop(): Promise<void>;
  /** The quickest end that leaves no shared memory behind. */
  shutDown(): Promise<void>;
}

export interface SiteServerOptions {
  /** Such as `postgres of primary`. */
  readonly name: string;
  readonly launch: (verdict: GuardVerdict | undefined) => Promise<RunningServer>;
  /** Asked before every start but the very first. */
  readonly guard?: () => Promise<GuardVerdict>;
  /** After every change of state or pid. */
  readonly onChange: () => void;
}

/** One server of a site. It is never started again by itself: what was killed stays dead until someone revives it. */
export class SiteServer {
  state: ServerState = 'stopped';
  /** Why it may not start, when it is quarantined. */
  reason = '';
  private running?: RunningServer;
  private kills = 0;
  private queue: Promise<unknown> = Promise.resolve();

  constructor(private readonly options: SiteServerOptions) {}

  get pid(): number | undefined {
    return this.running?.pid;
  }

  /** The first start in an estate that is being created. */
  create(): Promise<void> {
    return this.inTurn(() => this.launch(undefined, this.kills));
  }

  /**
   * Starts it unless it runs already. Throws EPOCH_MISMATCH when the guard refuses, COMMAND_FAILED or TIMEOUT when it
   * does not come up.
   */
  start(): Promise<void> {
    return this.inTurn(async () => {
      if (this.running !== undefined) return;
      const killsBefore = this.kills;
      const verdict = await this.options.guard?.();
      if (verdict !== undefined && !verdict.mayStart) {
        this.change('quarantined', verdict.reason);
        throw new DrError('EPOCH_MISMATCH', `${this.options.name} must not start: ${verdict.reason}`);
      }
      await this.launch(verdict, killsBefore);
    });
  }

  stop(): Promise<void> {
    return this.inTurn(async () => {
      await this.running?.stop();
      this.running = undefined;
      this.change('stopped');
    });
  }

  /** `kill -9`, at once: it does not wait for a start that is under way. */
  async kill(): Promise<void> {
    this.kills += 1;
    const { running } = this;
    if (running === undefined) return;
    await killTrees([running.pid]);
    await running.exited;
  }

  /** For the end of the lab: quick, and without regard to what is left to be done. */
  async shutDown(): Promise<void> {
    this.kills += 1;
    await this.running?.shutDown();
  }

  private async launch(verdict: GuardVerdict | undefined, killsBefore: number): Promise<void> {
    const running = await this.options.launch(verdict);
    this.running = running;
    if (this.kills !== killsBefore) await killTrees([running.pid]);
    this.change('starting');
    void running.exited.then(() => this.noticeExit(running));
    await running.ready();
    if (this.running === running) this.change('running');
  }

  private noticeExit(running: RunningServer): void {
    if (this.running !== running) return;
    this.running = undefined;
    this.change('dead');
  }

  private change(state: ServerState, reason = ''): void {
    this.state = state;
    this.reason = reason;
    this.options.onChange();
  }

  /** Starts and stops of one server never overlap. */
  private inTurn<T>(action: () => Promise<T>): Promise<T> {
    const result = this.queue.then(action);
    this.queue = result.catch(() => undefined);
    return result;
  }
}
