import { type CheckEvidence, DecisionEvidence } from '@novacron/contracts';
import { durationWords } from '../words.js';
import { lossWords } from './permission.js';
import type { StandbyView } from './standby-view.js';

/** More than this nobody reads, and a message has to stay small. */
const factLimit = 100;

/** What a verdict rests on, one sentence each: what every vantage says, then our own look at the databases. */
export function evidenceFacts(
  site: string,
  seen: {
    readonly checks: readonly CheckEvidence[];
    readonly databases: readonly {
      readonly primary: 'answers' | 'refuses' | 'silent';
      readonly standbys: readonly StandbyView[];
    }[];
    readonly at: string;
  },
): DecisionEvidence[] {
  const { checks, databases, at } = seen;
  const said = { answers: 'answers and takes writes', refuses: 'is not there', silent: 'does not answer' };
  const own = databases.flatMap(({ primary, standbys }) => [
    fact(`the primary database on ${site} ${said[primary]}`, 'failover', at),
    ...standbys.map((view) => fact(standbyFact(view), 'failover', at)),
  ]);
  return [...checks.slice(0, factLimit).map(checkFact), ...own];
}

function checkFact({
  vantage,
  check,
  state,
  consecutiveFailures,
  observedAt,
  problem,
}: CheckEvidence): DecisionEvidence {
  const failures = consecutiveFailures === 0 ? '' : `, ${consecutiveFailures} in a row`;
  return fact(
    `${check} is ${state}${failures}${problem === undefined ? '' : `: ${problem}`}`,
    `vantage ${vantage}`,
    observedAt,
  );
}

function standbyFact(view: StandbyView): string {
  const { site, reachable, synchronous, dataFlowing, loss, problem, short = [] } = view;
  if (!reachable) return `${site} does not answer`;
  const behind =
    loss === undefined
      ? '; how much it lacks is not known'
      : loss.bytes === 0
        ? `; it lacks nothing that was seen up to ${durationWords(loss.ms)} before the loss`
        : `; it lacks ${lossWords(loss)}`;
  const kind = synchronous ? 'a synchronous standby: commits waited for it' : `an asynchronous standby${behind}`;
  return `${site} is ${kind}${dataFlowing ? '; it still receives' : ''}${problem === undefined ? '' : `; it ${problem}`}${short.map((each) => `; it ${each}`).join('')}`;
}

function fact(text: string, source: string, observedAt: string): DecisionEvidence {
  return Object.assign(new DecisionEvidence(), {
    ...{ fact: text.slice(0, 200), source, observedAt },
  });
}
