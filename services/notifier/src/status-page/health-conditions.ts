import type { Bus, Logger } from '@novacron/bus';
import { DrError, QueryHealthStatus, type Report } from '@novacron/contracts';
import type { SiteCondition } from '../domain/incident-book.js';

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
  private atMs = -Infinity;

  constructor(
    private readonly bus: Bus,
    private readonly logger: Logger,
    private readonly nowMs: () => number,
  ) {}

  /** Asks now; without an answer the last one goes on to count until it is too old. */
  async renew(): Promise<void> {
    try {
      const { report } = await this.bus.request<Report>(new QueryHealthStatus(), { timeoutMs: 2_000 });
      this.conditions = conditionsIn(report);
      this.atMs = this.nowMs();
    } catch (error) {
      this.logger.debug('health status is not to be had', { code: DrError.from(error).code });
    }
  }

  /** What is known from reports; empty when the last one is too old. */
  current(): ReadonlyMap<string, SiteCondition> {
    return this.nowMs() - this.atMs <= freshMs ? this.conditions : new Map();
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

/** What the events say, overruled by a report where there is one that says something. */
export function mergedConditions(
  events: ReadonlyMap<string, SiteCondition>,
  report: ReadonlyMap<string, SiteCondition>,
): ReadonlyMap<string, SiteCondition> {
  const merged = new Map(events);
  for (const [site, condition] of report) if (condition !== 'unknown') merged.set(site, condition);
  return merged;
}
