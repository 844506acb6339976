import type { Check } from '@novacron/contracts';
import type { SiteVerdict } from '../domain/judge-site.js';

export interface WordsOfChecks {
  /** Those that are not well, as many as are to be told in full. */
  readonly troubled: readonly Check[];
  /** The others as members of a JSON object: a name and a state each; empty where there are none. */
  readonly others: string;
}

interface Written extends WordsOfChecks {
  readonly inFull: number;
}

/** A verdict is the same object while nothing changes (`SiteJudge`). */
const writtenOf = new WeakMap<SiteVerdict, Written>();

/** A site's checks in a word each but for the first `inFull` that are not well; written once for each verdict. */
export function inWords(verdict: SiteVerdict, checks: readonly Check[], inFull: number): WordsOfChecks {
  const known = writtenOf.get(verdict);
  if (known !== undefined && (known.inFull === inFull || known.troubled.length < Math.min(known.inFull, inFull))) {
    return known;
  }
  const troubled: Check[] = [];
  const others: string[] = [];
  for (const check of checks) {
    const state = verdict.checks[check.name]?.state ?? 'unknown';
    if (state !== 'ok' && troubled.length < inFull) troubled.push(check);
    else others.push(`${JSON.stringify(check.name)}:{"state":"${state}"}`);
  }
  const written = { inFull, troubled, others: others.join(',') };
  writtenOf.set(verdict, written);
  return written;
}
