import type { Check, CheckEvidence, FailoverCondition } from '@novacron/contracts';

const failedConditions = {
  database: 'database-down',
  api: 'api-down',
  workers: 'workers-down',
  network: 'network-partition',
  integrity: 'corruption-suspected',
  security: 'ransomware-suspected',
} as const satisfies Record<string, FailoverCondition>;

type DecidingRole = keyof typeof failedConditions;

/**
 * What the evidence says of a site, in the words the estate's rules are written in. A condition holds only when every
 * check of its role is named, so that one of two API checks failing is not "API down". Slow is a condition of its own.
 */
export function conditionsOf(
  site: string,
  checks: readonly Check[],
  evidence: readonly CheckEvidence[],
): ReadonlySet<FailoverCondition> {
  const conditions = new Set<FailoverCondition>();
  const ofSite = checks.filter((check) => check.site === site);
  for (const [role, condition] of Object.entries(failedConditions) as [DecidingRole, FailoverCondition][]) {
    const names = ofSite.filter((check) => check.role === role).map((check) => check.name);
    if (names.length > 0 && names.every((name) => majoritySays(evidence, name, 'failed'))) conditions.add(condition);
  }
  if (ofSite.some((check) => majoritySays(evidence, check.name, 'degraded'))) conditions.add('slow-response');
  return conditions;
}

/** How many of the vantages that were asked could see anything of the site. */
export function sightOf(evidence: readonly CheckEvidence[]): { readonly seeing: number; readonly total: number } {
  const seeing = new Set(evidence.filter(({ state }) => state !== 'unknown').map(({ vantage }) => vantage));
  return { seeing: seeing.size, total: new Set(evidence.map(({ vantage }) => vantage)).size };
}

/**
 * A strict majority of the vantages that could see, and these more than half of all: one that could not see has no vote, and
 * a single one that can is no quorum.
 */
function majoritySays(evidence: readonly CheckEvidence[], check: string, state: 'failed' | 'degraded'): boolean {
  const all = evidence.filter((item) => item.check === check);
  const seeing = all.filter((item) => item.state !== 'unknown');
  return seeing.length * 2 > all.length && seeing.filter((item) => item.state === state).length * 2 > seeing.length;
}
