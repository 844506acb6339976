import type { Bus } from '@novacron/bus';
import { DrError, QueryHealthStatus, type Report } from '@novacron/contracts';
import { pollUntil } from '@novacron/drivers';
import { unhealthyChecks } from '../domain/unhealthy-checks.js';

const requestTimeoutMs = 2_000;

/** What the health monitor says of a site. */
export class HealthView {
  constructor(private readonly bus: Pick<Bus, 'request'>) {}

  /** The checks that are not well now. @throws DrError UNREACHABLE, TIMEOUT when the monitor does not answer. */
  async unhealthy(site: string): Promise<string[]> {
    const { report } = await this.bus.request<Report>(new QueryHealthStatus({ site }), { timeoutMs: requestTimeoutMs });
    return unhealthyChecks(report, site);
  }

  /** Resolved once every check of the site is well. @throws DrError VERIFY_FAILED naming those that are not. */
  async becomesWell(
    site: string,
    options: { readonly timeoutMs: number; readonly signal: AbortSignal },
  ): Promise<void> {
    let last: string[] = ['the health monitor did not answer'];
    try {
      await pollUntil(
        `health of ${site}`,
        async () => {
          last = await this.unhealthy(site).catch((error: unknown) => [DrError.from(error).message]);
          return last.length === 0 ? true : undefined;
        },
        { ...options, everyMs: 200 },
      );
    } catch (error) {
      options.signal.throwIfAborted();
      throw new DrError('VERIFY_FAILED', `${site} is not healthy`, {
        hint: `look at query.health-monitor.status and repair what is named on ${site}`,
        details: last.map((problem) => ({ path: site, problem })),
        cause: error,
      });
    }
  }
}
