import type { AutomationLevel } from '@novacron/contracts';
import { bytesWords, durationWords } from '../words.js';
import type { Loss } from '../replication/wal-samples.js';
import type { AffectedTier } from './affected-tiers.js';

/** What policy allows without a human. */
export interface Permission {
  readonly action: 'act' | 'ask' | 'none';
  readonly code: 'permitted' | 'loss-beyond-rpo' | 'loss-unknown' | 'automation-partial' | 'automation-minimal';
  readonly because: string;
}

const boldness = { minimal: 0, partial: 1, full: 2 } as const satisfies Record<AutomationLevel, number>;

/**
 * Acting needs a tier whose automation is full, and a loss within what was promised to every tier it reaches: the less critical
 * ones move along, their data stand in the same databases. Partial automation asks, minimal only reports. The estate's own
 * setting is a ceiling over all tiers.
 */
export function permissionFor(
  tiers: readonly AffectedTier[],
  ceiling: AutomationLevel,
  loss: Loss | 'none' | 'unknown',
): Permission {
  const boldest = tiers.map((tier) => tier.automation).toSorted((a, b) => boldness[b] - boldness[a])[0] ?? 'partial';
  const automation = boldness[boldest] > boldness[ceiling] ? ceiling : boldest;
  if (automation === 'minimal') {
    return { action: 'none', code: 'automation-minimal', because: 'policy leaves it to a human to start it' };
  }
  if (automation === 'partial') {
    return { action: 'ask', code: 'automation-partial', because: 'policy asks a human before service is moved' };
  }
  if (loss === 'none') return { action: 'act', code: 'permitted', because: 'it has every acknowledged row' };
  if (loss === 'unknown') {
    return {
      action: 'ask',
      code: 'loss-unknown',
      because: 'nobody knows how much would be lost: a human must accept that',
    };
  }
  if (loss.openEnded === true) {
    return {
      action: 'ask',
      code: 'loss-unknown',
      because: `it would lose ${lossWords(loss)}, and nobody knows how much more: a human must accept that`,
    };
  }
  const [strictest] = tiers.toSorted((a, b) => a.rpoMs - b.rpoMs);
  const promised =
    strictest === undefined
      ? ''
      : `the RPO of ${durationWords(strictest.rpoMs)} of tier ${strictest.tier} (${strictest.name})`;
  if (strictest === undefined || loss.ms > strictest.rpoMs) {
    return {
      action: 'ask',
      code: 'loss-beyond-rpo',
      because: `it would lose ${lossWords(loss)}, more than ${promised || 'anybody promised'}: a human must accept that`,
    };
  }
  return { action: 'act', code: 'permitted', because: `it lacks at most ${lossWords(loss)}, within ${promised}` };
}

/** `about 20 min (1200 rows, 3.4 MiB)`. */
export function lossWords({ ms, bytes, rows, atLeast }: Loss): string {
  const amounts = [...(rows === undefined ? [] : [`${rows} rows`]), bytesWords(bytes)].join(', ');
  return `${atLeast === true ? 'at least' : 'about'} ${durationWords(ms)} (${amounts})`;
}
