import type { Logger } from '@novacron/bus';
import { DrError } from '@novacron/contracts';
import { httpRequest } from '@novacron/drivers';
import { isSettled } from '../domain/send-order.js';
import type { WantedTimer } from '../domain/conversation/wanted-timers.js';
import type { Ledger } from '../ledger/ledger.js';
import type { LedgerEntry } from '../ledger/ledger-entry.js';
import type { Seals } from '../ledger/seals.js';

export interface AuditorSettings {
  readonly ledger: Ledger;
  readonly seals: Seals;
  readonly logger: Logger;
  readonly nowMs: () => number;
  readonly wanted: () => readonly WantedTimer[];
  readonly setTimer: (timer: WantedTimer, attempt: string) => Promise<void>;
  readonly requeue: (entry: LedgerEntry, attempt: string) => Promise<void>;
  /** Where a sign of life goes: it is not given while something is wrong. */
  readonly switchUrl?: () => Promise<string>;
}

export interface Audit {
  readonly planned: number;
  readonly terminal: number;
  readonly inFlight: number;
  /** Rows that nothing moves; they were queued again. */
  readonly stuck: readonly string[];
  /** Timers whose time has passed and that did not fire; they were set again. */
  readonly lostTimers: readonly WantedTimer[];
  /** Whether the switch outside was told that all is well. */
  readonly pinged: boolean;
}

/** A row rests longer than the longest pause between two attempts, or a timer is this late: nobody works on it. */
const patienceMs = 90_000;
const switchTimeoutMs = 10_000;

/**
 * Watches the watchers: everything planned must be at an end or under way, every timer must have fired in time. What is not is
 * mended once each minute, and said; the switch outside is told of a good audit only, so that it also notices when there is none.
 */
export class Auditor {
  private readonly mended = new Map<string, number>();

  constructor(private readonly settings: AuditorSettings) {}

  /** @throws DrError BUS_UNAVAILABLE. */
  async audit(): Promise<Audit> {
    const { ledger, logger, seals } = this.settings;
    const resting = this.restingRows();
    const late = this.lateTimers();
    const stuck = await this.mendRows(resting);
    const lostTimers = await this.mendTimers(late);
    const seal = await seals.seal();
    const planned = [...ledger.all()].length;
    const inFlight = [...ledger.rows.unsettled()].length;
    const terminal = [...ledger.all()].filter((row) => isSettled(row.state)).length;
    if (planned !== terminal + inFlight) logger.error('the ledger does not add up', { planned, terminal, inFlight });
    for (const notification of stuck) logger.error('a notification was stuck, and is queued again', { notification });
    for (const timer of lostTimers) logger.error('a timer was lost, and is set again', { ...timer });
    const well = resting.length === 0 && late.length === 0 && planned === terminal + inFlight;
    const pinged = well && (await this.ping({ planned, terminal, inFlight, seal: seal?.hash ?? '' }));
    return { planned, terminal, inFlight, stuck, lostTimers, pinged };
  }

  private restingRows(): LedgerEntry[] {
    const { ledger, nowMs } = this.settings;
    return [...ledger.rows.unsettled()]
      .map(({ entry }) => entry)
      .filter(({ heldFor, plannedAt, sendingAt, nextAttemptAt }) => {
        const times = [plannedAt, sendingAt, nextAttemptAt].map((at) => (at === undefined ? 0 : Date.parse(at)));
        return heldFor === undefined && nowMs() - Math.max(...times) >= patienceMs;
      });
  }

  private lateTimers(): WantedTimer[] {
    const { nowMs, wanted } = this.settings;
    // An overdue update is wanted until it is sent: its timer has fired once, and said so.
    return wanted().filter((timer) => timer.kind !== 'overdue' && nowMs() - timer.dueAtMs > patienceMs);
  }

  private async mendRows(resting: readonly LedgerEntry[]): Promise<string[]> {
    const { nowMs, requeue } = this.settings;
    const stuck = resting.filter(({ notificationId }) => !this.wasMended(notificationId));
    for (const entry of stuck) await requeue(entry, `audit-${nowMs()}`);
    return stuck.map(({ notificationId }) => notificationId);
  }

  private async mendTimers(late: readonly WantedTimer[]): Promise<WantedTimer[]> {
    const { nowMs, setTimer } = this.settings;
    const lost = late.filter(
      ({ incident, audience, kind, key }) => !this.wasMended(`${incident}/${audience}/${kind}/${key}`),
    );
    for (const timer of lost) await setTimer(timer, `audit-${nowMs()}`);
    return lost;
  }

  private wasMended(name: string): boolean {
    const nowMs = this.settings.nowMs();
    if (nowMs - (this.mended.get(name) ?? Number.NEGATIVE_INFINITY) < patienceMs) return true;
    this.mended.set(name, nowMs);
    return false;
  }

  private async ping(body: Record<string, unknown>): Promise<boolean> {
    const { switchUrl, logger } = this.settings;
    if (switchUrl === undefined) return false;
    try {
      const { status } = await httpRequest({
        url: await switchUrl(),
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
        timeoutMs: switchTimeoutMs,
      });
      if (status < 300) return true;
      logger.warn('the switch outside refused our sign of life', { status });
    } catch (error) {
      logger.warn('the switch outside cannot be reached', { reason: DrError.from(error).message });
    }
    return false;
  }
}
