import { Injectable } from '@nestjs/common';
import { Bus } from '@novacron/bus';
import { CheckEvidence, type CheckState, checkStates, QueryHealthStatus, type Report } from '@novacron/contracts';

/** How a site is now, in the eyes of all vantages. */
export interface HealthNow {
  readonly state: string;
  /** The trouble is over, and has been for long enough. */
  readonly isWell: boolean;
  readonly evidence: readonly CheckEvidence[];
}

interface Look {
  readonly opinion?: string;
  readonly consecutiveFailures?: number;
  readonly observedAt?: string;
  readonly latencyMs?: number;
  readonly problem?: string;
}

interface SiteReport {
  readonly state?: string;
  readonly checks?: Readonly<Record<string, { readonly vantages?: Readonly<Record<string, Look>> }>>;
}

const requestTimeoutMs = 1_500;

/** Asks the health monitor for what it sees now: news that has been on its way for long decides nothing. */
@Injectable()
export class HealthLook {
  constructor(private readonly bus: Bus) {}

  /** Undefined when nobody answers. */
  async at(site: string, now: Date): Promise<HealthNow | undefined> {
    try {
      const { report } = await this.bus.request<Report>(new QueryHealthStatus({ site }), {
        timeoutMs: requestTimeoutMs,
      });
      return healthOf(report, site, now);
    } catch {
      return undefined;
    }
  }
}

/** What the report says of the site; undefined where it says nothing. */
export function healthOf(report: Readonly<Record<string, unknown>>, site: string, now: Date): HealthNow | undefined {
  const sites = report['sites'] as Readonly<Record<string, SiteReport>> | undefined;
  const found = sites?.[site];
  if (found?.state === undefined) return undefined;
  const evidence = Object.entries(found.checks ?? {}).flatMap(([check, { vantages = {} }]) =>
    Object.entries(vantages).map(([vantage, look]) => evidenceOf(check, vantage, look, now)),
  );
  return { state: found.state, isWell: found.state === 'ok', evidence };
}

/** A vantage that sees but has not settled yet says `degraded`: neither well nor failed. */
function evidenceOf(check: string, vantage: string, look: Look, now: Date): CheckEvidence {
  const opinion = look.opinion ?? 'unknown';
  const known = checkStates.find((state): state is CheckState => state === opinion);
  const { consecutiveFailures = 0, latencyMs, problem } = look;
  return Object.assign(new CheckEvidence(), {
    ...{ vantage, check, consecutiveFailures },
    state: known ?? (opinion === 'undecided' ? 'degraded' : 'unknown'),
    observedAt: look.observedAt ?? now.toISOString(),
    ...(latencyMs === undefined ? {} : { latencyMs }),
    ...(problem === undefined ? {} : { problem }),
  });
}
