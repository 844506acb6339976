import { type Bus } from '@novacron/bus';
import { DrError, VantageLost } from '@novacron/contracts';

/** Unanswered at most: two seconds of traffic. Behind that a publisher waits, as one that awaits its publish does. */
const unansweredAtMost = 1_000;

/** Events at a steady rate while the servers keep up; remembers which were promised to be stored. */
export class Traffic {
  readonly acknowledged = new Set<string>();
  /** Why publishing gave up, by code. */
  readonly refused = new Map<string, number>();
  readonly reasons = new Set<string>();
  private readonly pending = new Set<Promise<void>>();
  private timer: NodeJS.Timeout | undefined;
  private sent = 0;
  /** How often the pace was halved. */
  private halvings = 0;

  constructor(
    private readonly bus: Bus,
    private readonly timeoutMs: number,
    private readonly name: string,
  ) {}

  get published(): number {
    return this.sent;
  }

  /**
   * Half the pace from now on: three servers on one small machine cannot always take the full one and
   * bring one of them up to date, which then never is current.
   */
  slower(): void {
    this.halvings += 1;
  }

  fullPace(): void {
    this.halvings = 0;
  }

  start(perSecond: number): void {
    let beforeMs = performance.now();
    let owed = 0;
    this.timer = setInterval(() => {
      // By the clock and not by ticks: a tick that comes late sends more.
      const nowMs = performance.now();
      owed += ((nowMs - beforeMs) / 1_000) * (perSecond / 2 ** this.halvings);
      beforeMs = nowMs;
      for (; owed >= 1; owed -= 1) if (this.pending.size < unansweredAtMost) this.publish();
    }, 10);
  }

  /** Resolved once each event is stored or given up. */
  async stop(): Promise<void> {
    clearInterval(this.timer);
    await Promise.all(this.pending);
  }

  private publish(): void {
    const id = `${this.name}-${this.sent}`;
    const event = new VantageLost({
      vantage: `v${this.sent % 50}`,
      since: new Date().toISOString(),
      reason: 'chaos',
    });
    this.sent += 1;
    const outcome = this.bus.publish(event, { id, timeoutMs: this.timeoutMs }).then(
      () => void this.acknowledged.add(id),
      (error: unknown) => {
        const { code, message } = DrError.from(error);
        this.refused.set(code, (this.refused.get(code) ?? 0) + 1);
        this.reasons.add(message);
      },
    );
    this.pending.add(outcome);
    void outcome.finally(() => this.pending.delete(outcome));
  }
}
