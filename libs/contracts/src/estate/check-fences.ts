import type { ProblemDetail } from '../errors/dr-error.js';
import { durationMs } from './duration.js';
import type { Estate } from './estate.js';
import type { WriteLease } from './health.js';

const shortestMs = 3_000;
const longestMs = 300_000;
const leastMarginMs = 500;

/** How long a write lease lasts, and its margin on either side, milliseconds. */
export function leaseTimes({ ttl, margin }: WriteLease): { readonly ttlMs: number; readonly marginMs: number } {
  const ttlMs = durationMs(ttl);
  return { ttlMs, marginMs: margin === undefined ? ttlMs / 5 : durationMs(margin) };
}

/** Each site has one fence, of which the lease can be kept; a failover that is content with a lease has one to rest on. */
export function checkFences({ failover: { fences, fenceRequired } }: Estate): ProblemDetail[] {
  const seen = new Set<string>();
  const problems = fences.flatMap(({ site, lease }, i) => {
    const path = `failover.fences[${i}]`;
    const twice = seen.has(site) ? [{ path: `${path}.site`, problem: `${site} has a fence already` }] : [];
    seen.add(site);
    return [...twice, ...(lease === undefined ? [] : leaseProblems(lease, `${path}.lease`))];
  });
  if (fenceRequired !== 'L0' || fences.some(({ lease }) => lease !== undefined)) return problems;
  const problem = 'L0 rests on a write lease, and no site has one: give failover.fences[].lease, or require L1';
  return [...problems, { path: 'failover.fenceRequired', problem }];
}

function leaseProblems(lease: WriteLease, path: string): ProblemDetail[] {
  const { ttlMs, marginMs } = leaseTimes(lease);
  const problems: ProblemDetail[] = [];
  if (ttlMs < shortestMs || ttlMs > longestMs) problems.push({ path: `${path}.ttl`, problem: 'must be from 3s to 5m' });
  if (lease.margin !== undefined && (marginMs < leastMarginMs || marginMs * 2 > ttlMs))
    problems.push({ path: `${path}.margin`, problem: 'must be from 500ms to half of the ttl' });
  return problems;
}
