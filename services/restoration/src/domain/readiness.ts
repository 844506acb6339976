import { DrError, type ProblemDetail } from '@novacron/contracts';

/** Why a restoration may not begin: one of the three that the plan names. */
export type Shortage = 'infrastructure is not ready' | 'the network is not connected' | 'resources are short';

/** @throws DrError PRECONDITION_FAILED with every problem, and what to do. Worth another look: a site that returns takes a moment. */
export function requireReady(shortage: Shortage, site: string, problems: readonly ProblemDetail[], hint: string): void {
  if (problems.length === 0) return;
  throw new DrError('PRECONDITION_FAILED', `${site} cannot take service back: ${shortage}`, {
    hint,
    details: problems,
    retryable: true,
  });
}

export interface SpaceFacts {
  readonly freeBytes: number;
  /** What the home site's own copy takes now: given back by a rebuild. */
  readonly usedBytes: number;
  readonly databaseBytes: number;
}

/** Room for a whole copy and as much WAL again as a fifth of it. */
export function neededBytes({ databaseBytes }: Pick<SpaceFacts, 'databaseBytes'>): number {
  return Math.ceil(databaseBytes * 1.2);
}

export function spaceProblem(path: string, facts: SpaceFacts): ProblemDetail[] {
  const needed = neededBytes(facts);
  const available = facts.freeBytes + facts.usedBytes;
  if (available >= needed) return [];
  return [{ path, problem: `${available} bytes are available, ${needed} are needed for a copy and its WAL` }];
}
