import { type Bus, type Lease, Leases, type Logger } from '@novacron/bus';
import { DrError } from '@novacron/contracts';

export interface HeldTurnsSettings {
  readonly bus: Bus;
  readonly logger: Logger;
  /** Of the lease: who holds it does the work, in all instances of the service. */
  readonly name: string;
  readonly holder: string;
  readonly everyMs: number;
  /** Does it once; may say when it wants its next turn sooner than usual, milliseconds of the epoch. */
  readonly turn: (signal: AbortSignal) => Promise<number | undefined>;
}

const leaseTtlMs = 5_000;
const soonestMs = 50;

/**
 * Something that one instance of the service does again and again. A turn that fails is said once, and the next one is tried: the
 * bus away is a reason to do nothing, never one to stop.
 */
export class HeldTurns {
  private readonly leaving = new AbortController();
  private ended: Promise<void> = Promise.resolve();
  private said = '';

  constructor(private readonly settings: HeldTurnsSettings) {}

  start(): void {
    this.ended = this.work();
  }

  async stop(): Promise<void> {
    this.leaving.abort();
    await this.ended;
  }

  private async work(): Promise<void> {
    const { bus, logger, name, holder, everyMs, turn } = this.settings;
    const leases = await this.opened();
    let lease: Lease | undefined;
    while (!this.leaving.signal.aborted) {
      let againAtMs: number | undefined;
      try {
        if (lease?.isHeld() !== true) lease = await leases?.tryAcquire(name, holder, { ttlMs: leaseTtlMs });
        if (lease !== undefined) againAtMs = await turn(AbortSignal.any([this.leaving.signal, lease.signal]));
        this.said = '';
      } catch (error) {
        const { code, message } = DrError.from(error);
        if (this.said !== code) logger.warn('work could not be done this time', { work: name, code, reason: message });
        this.said = code;
      }
      await this.pause(Math.min(everyMs, Math.max(soonestMs, (againAtMs ?? Infinity) - Date.now())));
    }
    if (!bus.connection.isClosed()) await lease?.release();
  }

  private async opened(): Promise<Leases | undefined> {
    const { bus, logger } = this.settings;
    while (!this.leaving.signal.aborted) {
      try {
        return await Leases.open({ connection: bus.connection, estate: bus.estate, logger });
      } catch {
        await this.pause(this.settings.everyMs);
      }
    }
    return undefined;
  }

  private async pause(ms: number): Promise<void> {
    const { signal } = this.leaving;
    if (signal.aborted) return;
    await new Promise<void>((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', end);
        resolve();
      };
      const timer = setTimeout(end, ms);
      signal.addEventListener('abort', end);
    });
  }
}
