import { DrError } from '@novacron/contracts';
import { listWords } from './words.js';

/** Who wants to go on without a step, while more persons have to want it. */
export interface PendingSkip {
  readonly persons: readonly string[];
  readonly reasons: readonly string[];
  /** RFC 3339. */
  readonly expiresAt: string;
}

export interface SkipAsked {
  readonly by: string;
  readonly reason: string;
}

export interface SkipPolicy {
  /** Different persons, whoever asks first included. */
  readonly persons: number;
  readonly expiresAfterMs: number;
  readonly nowMs: number;
}

export type SkipAnswer =
  | { readonly agreed: true; readonly by: string; readonly reason: string }
  | { readonly agreed: false; readonly pending: PendingSkip; readonly missing: number };

/**
 * Where policy lets nobody decide alone, nobody goes on alone without a step: as many different persons must ask for the same within the time
 * that an approval has. What was asked longer ago counts no more.
 * @throws DrError CONFLICT for a person who has asked already.
 */
export function agreedSkip(before: PendingSkip | undefined, asked: SkipAsked, policy: SkipPolicy): SkipAnswer {
  const valid = before !== undefined && Date.parse(before.expiresAt) > policy.nowMs ? before : undefined;
  const { persons = [], reasons = [] } = valid ?? {};
  const expiresAt = valid?.expiresAt ?? new Date(policy.nowMs + policy.expiresAfterMs).toISOString();
  if (persons.some((each) => sameName(each, asked.by))) {
    throw new DrError('CONFLICT', `${asked.by} has asked for this already`, {
      hint: `another person must send the same until ${expiresAt}; or repair it and resume without skip, which one person may`,
    });
  }
  const all = [...persons, asked.by];
  const why = reasons.includes(asked.reason) ? reasons : [...reasons, asked.reason];
  if (all.length >= policy.persons) return { agreed: true, by: listWords(all), reason: why.join('; ') };
  return { agreed: false, pending: { persons: all, reasons: why, expiresAt }, missing: policy.persons - all.length };
}

function sameName(a: string, b: string): boolean {
  return a.trim().toLowerCase() === b.trim().toLowerCase();
}
