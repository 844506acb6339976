import { httpRequest, type PostgresMember, routedDatabases } from '@novacron/drivers';
import type { RestorationTargets } from './restoration-targets.js';

export interface Request {
  readonly ok: boolean;
  readonly durationMs: number;
}

const requestTimeoutMs = 2_000;

/**
 * Requests as a customer makes them, through every load balancer: the application's own page where a health check of the
 * site names one, and a write to each database that is routed to.
 */
export class FrontDoor {
  private readonly urls: readonly string[];
  private readonly routed: readonly PostgresMember[];

  constructor({ estate, balancers, databases }: RestorationTargets, site: string) {
    const page = estate.health.checks.find(
      (one) => one.site === site && one.kind === 'http' && one.role === 'api',
    )?.url;
    this.urls = balancers.flatMap(({ httpUrl }) =>
      httpUrl === undefined || page === undefined ? [] : [new URL(new URL(page).pathname, httpUrl).href],
    );
    this.routed = routedDatabases(balancers, databases).map(({ member }) => member);
  }

  /** One request at each door. */
  async knock(signal: AbortSignal): Promise<Request[]> {
    return Promise.all([
      ...this.urls.map((url) =>
        timed(async () => (await httpRequest({ url, timeoutMs: requestTimeoutMs, signal })).status < 400),
      ),
      ...this.routed.map((member) =>
        timed(async () => (await member.heartbeat({ signal, timeoutMs: requestTimeoutMs })).seq > 0),
      ),
    ]);
  }
}

async function timed(ask: () => Promise<boolean>): Promise<Request> {
  const startedAt = performance.now();
  const ok = await ask().catch(() => false);
  return { ok, durationMs: performance.now() - startedAt };
}
