import { setTimeout as sleep } from 'node:timers/promises';
import type { Bus } from '@novacron/bus';
import { type Accepted, DrError, QueryFailoverStatus, type Report, StartFailover } from '@novacron/contracts';

/** A move of service as the failover service tells it. */
export interface FailoverView {
  readonly operationId: string;
  readonly state: string;
  readonly startedAt: string;
  readonly params?: { readonly mode?: string; readonly to?: string };
  readonly results?: Readonly<Record<string, unknown>>;
  readonly reason?: string;
  readonly error?: { readonly message: string };
  readonly needs?: readonly string[];
}

const requestTimeoutMs = 3_000;
const lookEveryMs = 150;
const moving = ['running', 'waiting', 'undoing'];

/** Asks the failover service for planned moves: promotion, epoch and routes are its own. */
export class FailoverClient {
  constructor(private readonly bus: Pick<Bus, 'request'>) {}

  /**
   * Begins a planned move to a site, or joins the one that runs: ours, when the answer to an earlier request was lost.
   * @throws DrError OPERATION_RUNNING when another move is under way, and what the service refuses with.
   */
  async beginPlanned(to: string, reason: string, correlationId: string): Promise<string> {
    const running = await this.runningTo(to);
    if (running !== undefined) return running;
    const request = new StartFailover({ to, mode: 'planned', reason, by: 'restoration' });
    try {
      const accepted = await this.bus.request<Accepted>(request, { timeoutMs: 10_000, correlationId });
      return accepted.operationId;
    } catch (error) {
      const joined = await this.runningTo(to).catch(() => undefined);
      if (joined !== undefined) return joined;
      throw error;
    }
  }

  /** How a move ended. Waits out a service or a bus that does not answer for a while. */
  async ended(operationId: string, signal: AbortSignal, onLook: () => Promise<void>): Promise<FailoverView> {
    for (;;) {
      await onLook();
      const view = await this.view(operationId).catch((error: unknown) => {
        if (DrError.from(error).retryable) return undefined;
        throw error;
      });
      if (view !== undefined && !moving.includes(view.state)) return view;
      await sleep(lookEveryMs, undefined, { signal });
    }
  }

  async view(operationId: string): Promise<FailoverView> {
    const { report } = await this.ask(new QueryFailoverStatus({ operationId }));
    return report as unknown as FailoverView;
  }

  /** The planned move to a site that is under way. */
  async runningTo(to: string): Promise<string | undefined> {
    const operations = await this.operations();
    return operations.find(
      ({ state, params }) => moving.includes(state) && params?.mode === 'planned' && params.to === to,
    )?.operationId;
  }

  /** The operation that moves service now, or changes what commits wait for, of whatever kind. */
  async running(): Promise<string | undefined> {
    return (await this.operations()).find(({ state }) => moving.includes(state))?.operationId;
  }

  private async operations(): Promise<readonly FailoverView[]> {
    const { report } = await this.ask(new QueryFailoverStatus({}));
    return (report['operations'] ?? []) as readonly FailoverView[];
  }

  private ask(query: QueryFailoverStatus): Promise<Report> {
    return this.bus.request<Report>(query, { timeoutMs: requestTimeoutMs });
  }
}
