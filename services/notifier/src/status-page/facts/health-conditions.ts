import type { Bus, Logger } from '@novacron/bus';
import { DrError, QueryHealthStatus, type Report } from '@novacron/contracts';
import type { SiteCondition } from '../../domain/incident-book.js';

/** A report older than this says nothing about now. */
const freshMs = 60_000;

const fromState: Readonly<Record<string, SiteCondition>> = {
  ok: 'operational',
  degraded: 'degraded',
  lost: 'lost',
  unknown: 'unknown',
};

/**
 * The sites' conditions as health-monitor reports them when asked. Events tell of changes only: without this nobody would
 * know that all is well before something was not.
 */
export class HealthConditions {
  private conditions: ReadonlyMap<string, SiteCondition> = new Map();
  private atMs: number;
  private answered = false;

  constructor(
    private readonly bus: Bus,
    private readonly logger: Logger,
    private readonly nowMs: () => number,
  ) {
    this.atMs = nowMs();
  }

  /** Asks now; without an answer the last one goes on to count until it is too old. */
  async renew(): Promise<void> {
    try {
      const { report } = await this.bus.request<Report>(new QueryHealthStatus(), { timeoutMs: 2_000 });
      this.conditions = conditionsIn(report);
      this.atMs = this.nowMs();
      this.answered = true;
    } catch (error) {
      this.logger.debug('health status is not to be had', { code: DrError.from(error).code });
    }
  }

  /** What is known from reports; empty when the last one is too old. */
  current(): ReadonlyMap<string, SiteCondition> {
    return this.answered && this.age() <= freshMs ? this.conditions : new Map();
  }

  /** Since when nothing was heard, once that is too long ago to say anything of now. */
  get silentSinceMs(): number | undefined {
    return this.age() > freshMs ? this.atMs : undefined;
  }

  /** A clock that was put back makes nothing younger. */
  private age(): number {
    return Math.abs(this.nowMs() - this.atMs);
  }
}

/** `sites.<site>.state` of the report; what is not there is not known. */
export function conditionsIn(report: Readonly<Record<string, unknown>>): ReadonlyMap<string, SiteCondition> {
  const sites = report['sites'];
  const found = new Map<string, SiteCondition>();
  if (typeof sites !== 'object' || sites === null) return found;
  for (const [site, value] of Object.entries(sites)) {
    const state: unknown =
      typeof value === 'object' && value !== null ? (value as Record<string, unknown>)['state'] : '';
    found.set(site, fromState[String(state)] ?? 'unknown');
  }
  return found;
}

/**
 * What is known of each site now: what a fresh report says; without one, that an event told of trouble. That all was well once is
 * no longer known without a report.
 */
export function confirmedConditions(
  events: ReadonlyMap<string, SiteCondition>,
  report: ReadonlyMap<string, SiteCondition>,
): ReadonlyMap<string, SiteCondition> {
  const confirmed = new Map<string, SiteCondition>();
  for (const [site, condition] of events) confirmed.set(site, condition === 'operational' ? 'unknown' : condition);
  for (const [site, condition] of report) if (condition !== 'unknown') confirmed.set(site, condition);
  return confirmed;
}
