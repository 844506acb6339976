import { setTimeout as delay } from 'node:timers/promises';
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
const anotherAfterMs = 250;
const asksAtMost = 5;

/**
 * Asks the health monitor for what it sees now: news that has been on its way for long decides nothing. Any of its processes may
 * get the question, and one that hangs keeps it: so it is asked again before that one's time is over.
 */
@Injectable()
export class HealthLook {
  constructor(private readonly bus: Bus) {}

  /** Undefined when nobody answers. */
  async at(site: string, now: Date): Promise<HealthNow | undefined> {
    try {
      const question = new QueryHealthStatus({ site });
      const untilMs = performance.now() + requestTimeoutMs;
      const { report } = await firstAnswer(() => {
        const timeoutMs = Math.max(1, untilMs - performance.now());
        return this.bus.request<Report>(question, { timeoutMs });
      });
      return healthOf(report, site, now);
    } catch {
      return undefined;
    }
  }
}

/** Of several asks, each begun when those before it have failed or are silent for long. Rejects when every one of them has failed. */
export async function firstAnswer<T extends object>(ask: () => Promise<T>, pauseMs = anotherAfterMs): Promise<T> {
  const asked: Promise<T>[] = [];
  while (asked.length < asksAtMost) {
    asked.push(ask());
    const silence = delay(pauseMs, undefined, { ref: false });
    const answer = await Promise.race([Promise.any(asked), silence]).catch(() => undefined);
    if (answer !== undefined) return answer;
  }
  return Promise.any(asked);
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
