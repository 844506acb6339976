import type { FailoverRule, VerdictAction } from '@novacron/contracts';
import type { Loss } from '../replication/wal-samples.js';
import { durationWords, listWords } from '../words.js';
import type { DecisionInput } from './decision-input.js';
import { lossWords, permissionFor } from './permission.js';
import { isTooSmall, rankStandbys } from './rank-standbys.js';
import type { StandbyView } from './standby-view.js';

/** Why, as one word that programs may rely on. */
export type VerdictCode =
  | 'no-epoch'
  | 'not-the-primary'
  | 'operation-running'
  | 'no-quorum'
  | 'stale-evidence'
  | 'point-in-time-recovery'
  | 'no-rule'
  | 'data-flowing'
  | 'primary-answers'
  | 'below-threshold'
  | 'paused'
  | 'declined'
  | 'no-promotable-standby'
  | 'dwell'
  | 'not-redundant'
  | 'undone-before'
  | 'too-small'
  | 'target-short'
  | ReturnType<typeof permissionFor>['code'];

export interface Verdict {
  readonly action: VerdictAction;
  readonly code: VerdictCode;
  /** In words a human believes at three in the morning. */
  readonly reason: string;
  readonly confidence: number;
  readonly rule?: string;
  readonly targetSite?: string;
  /** What would be lost by promoting the target: absent where nobody knows. */
  readonly loss?: Loss;
  /** The sites that may be promoted under this verdict: whatever it allows to be lost is not exceeded with any of them. */
  readonly acceptable?: readonly string[];
  /** When to look again, milliseconds of the epoch. */
  readonly againAtMs?: number;
}

type Draft = Omit<Verdict, 'confidence' | 'rule'>;

const none = (code: VerdictCode, reason: string): Draft => ({ action: 'none', code, reason });

/**
 * From evidence to verdict. The order of the questions is the argument: whether this is ours to decide at all; whether we can
 * see (too few eyes, or old news, decide nothing); whether a replica is the answer (a damaged one repeats the damage);
 * whether the site is really lost (data that still flow, or a primary that answers us, outvote every probe); how sure the
 * rules are; whether a human has said otherwise; whether somewhere else is fit to take over; whether it is time; and only
 * then whether policy lets us act, or asks.
 */
export function decide(input: DecisionInput): Verdict {
  const rule = strongestRule(input);
  const draft =
    notOurs(input) ??
    blind(input) ??
    damaged(input) ??
    notLost(input, rule) ??
    stopped(input, rule) ??
    move(input, rule);
  return { ...draft, confidence: rule?.confidence ?? 0, ...(rule === undefined ? {} : { rule: rule.name }) };
}

/** The rule that is surest among those whose every condition holds. */
export function strongestRule({
  rules,
  conditions,
}: Pick<DecisionInput, 'rules' | 'conditions'>): FailoverRule | undefined {
  return rules
    .filter((rule) => rule.when.length > 0 && rule.when.every((condition) => conditions.has(condition)))
    .toSorted((a, b) => b.confidence - a.confidence)[0];
}

function notOurs({ site, activeSite, runningOperation }: DecisionInput): Draft | undefined {
  if (activeSite === undefined)
    return none('no-epoch', 'no epoch is recorded: nobody knows which site is the primary, so nothing is moved');
  if (activeSite !== site)
    return none('not-the-primary', `${site} holds no primary: ${activeSite} does, and service goes on there`);
  if (runningOperation !== undefined)
    return none('operation-running', `operation ${runningOperation} is under way: one at a time changes the estate`);
  return undefined;
}

function blind({ site, sight, evidenceAgeMs, maxEvidenceAgeMs }: DecisionInput): Draft | undefined {
  if (evidenceAgeMs === undefined)
    return none('stale-evidence', `nobody answers how ${site} is now: nothing is moved on old news`);
  if (evidenceAgeMs > maxEvidenceAgeMs)
    return none(
      'stale-evidence',
      `what is known of ${site} is ${durationWords(evidenceAgeMs)} old: nothing is moved on old news`,
    );
  if (sight.seeing * 2 <= sight.total)
    return none(
      'no-quorum',
      `only ${sight.seeing} of ${sight.total} vantages can see ${site}: too few to call it lost`,
    );
  return undefined;
}

function damaged({ site, conditions }: DecisionInput): Draft | undefined {
  const suspected = [
    ...(conditions.has('ransomware-suspected') ? ['ransomware_attack'] : []),
    ...(conditions.has('corruption-suspected') ? ['data_corruption'] : []),
  ];
  const [scenario] = suspected;
  if (scenario === undefined) return undefined;
  const what = scenario === 'ransomware_attack' ? 'an attack on' : 'damage to';
  return {
    action: 'recover',
    code: 'point-in-time-recovery',
    reason:
      `${what} the data of ${site} is suspected, and a replica has the same data: none is promoted. ` +
      `Recover to a moment before it: command.restoration.recover with scenario ${scenario} and targetTime`,
  };
}

function notLost(input: DecisionInput, rule: FailoverRule | undefined): Draft | undefined {
  const { site, standbys, primaryAnswers, threshold } = input;
  if (rule === undefined) return none('no-rule', 'what was seen matches no failover rule');
  const flowing = standbys.find((standby) => standby.dataFlowing);
  if (flowing !== undefined)
    return none(
      'data-flowing',
      `${flowing.site} still receives data from ${site}: it is alive, whatever the probes say`,
    );
  if (primaryAnswers)
    return none('primary-answers', `the database of ${site} answers us and takes writes: the probes cannot be right`);
  if (rule.confidence <= threshold)
    return none('below-threshold', `${rule.reason}, at confidence ${rule.confidence}: acted on above ${threshold}`);
  return undefined;
}

function stopped({ pause, declined }: DecisionInput, rule: FailoverRule | undefined): Draft | undefined {
  const lost = rule?.reason ?? '';
  if (pause !== undefined)
    return none(
      'paused',
      `${lost}, but ${pause.owner} has paused automatic failover until ${pause.until}: ${pause.reason}`,
    );
  if (declined !== undefined)
    return none('declined', `${lost}, but ${declined.by} decided against moving service: ${declined.reason}`);
  return undefined;
}

function move(input: DecisionInput, rule: FailoverRule | undefined): Draft {
  const lost = rule?.reason ?? '';
  const { site, minimumCapacityPercent = 0, unprotectedSince, undone } = input;
  const { fit, unfit } = rankStandbys(site, input.standbys, input.order, minimumCapacityPercent);
  const [target] = fit;
  if (target === undefined) {
    const why = unfit.map((each) => `${each.site} ${each.problem}`).join('; ') || 'there is none';
    return none('no-promotable-standby', `${lost}, and no standby can be promoted: ${why}`);
  }
  const to = { targetSite: target.site, ...(target.synchronous ? { loss: nothing } : lossOf(target)) };
  const dueMs = input.sureSinceMs + dwellMs(input, target);
  if (input.nowMs < dueMs) {
    const reason = `${lost}: waiting until ${new Date(dueMs).toISOString()} whether it lasts, before service moves to ${where(input, target)}`;
    return { action: 'wait', code: 'dwell', reason, ...to, againAtMs: dueMs };
  }
  const unheard = unheardSynchronous(input, target);
  const permission = permissionFor(input.tiers, input.automation, lossToWeigh(target, unheard));
  const doubts: { code: VerdictCode; because: string }[] = [];
  if (permission.action === 'ask') doubts.push(permission);
  if (permission.code === 'automation-partial' && !target.synchronous) {
    const because =
      target.loss === undefined ? 'nobody knows how much would be lost' : `it would lose ${lossWords(target.loss)}`;
    doubts.push({ code: permission.code, because });
  }
  if (unprotectedSince !== undefined) {
    const { operationId, at } = unprotectedSince;
    const because = `service was moved to ${site} by ${operationId} at ${at}, and no standby has followed it since`;
    doubts.push({ code: 'not-redundant', because });
  }
  if (undone !== undefined)
    doubts.push({ code: 'undone-before', because: `${undone.operationId} tried it and was undone: ${undone.reason}` });
  if (isTooSmall(target, minimumCapacityPercent))
    doubts.push({
      code: 'too-small',
      because: `${target.site} has ${target.capacityPercent} % of the capacity, less than the ${minimumCapacityPercent} % that policy asks for`,
    });
  if (input.asksWhenShort === true && target.short !== undefined)
    doubts.push({ code: 'target-short', because: `${target.site} ${listWords(target.short)}` });
  if (permission.action === 'none') {
    const reason = `${lost}; ${permission.because}: command.failover.start to ${target.site}, mode unplanned`;
    return { ...none(permission.code, reason), ...to };
  }
  const [first] = doubts;
  const acceptable = fit.filter((standby) => isAcceptable(input, standby, target)).map((standby) => standby.site);
  const may = unheard.length === 0 ? '' : `; ${unheardWords(unheard, target)}`;
  if (first === undefined)
    return {
      acceptable,
      action: 'act',
      code: 'permitted',
      reason: `${lost}: service moves to ${target.site}, ${permission.because}${may}`,
      ...to,
    };
  const reason = `${lost}; ${target.site} can take over, but ${listWords(doubts.map(({ because }) => because))}${may}`;
  return { action: 'ask', code: first.code, reason, ...to, acceptable };
}

/**
 * Synchronous standbys that do not answer, while another site is to take over: unknown is not behind, and they may have rows that
 * were acknowledged and the target lacks.
 */
function unheardSynchronous({ standbys }: DecisionInput, target: StandbyView): string[] {
  if (target.synchronous) return [];
  return standbys.flatMap(({ site, synchronous, reachable }) => (synchronous && !reachable ? [site] : []));
}

/** Where such a standby is silent only a loss with a bound can be held against a promise: `at least` has none. */
function lossToWeigh({ synchronous, loss }: StandbyView, unheard: readonly string[]): Loss | 'none' | 'unknown' {
  if (synchronous) return 'none';
  if (loss === undefined || (unheard.length > 0 && loss.atLeast === true)) return 'unknown';
  return loss;
}

function unheardWords(unheard: readonly string[], { site }: StandbyView): string {
  const has = unheard.length === 1 ? 'does' : 'do';
  return `${listWords(unheard)}, for which commits waited, ${has} not answer and may have acknowledged rows that ${site} lacks`;
}

/** With which standby no more is lost than with the target, or than policy lets us lose. */
function isAcceptable(input: DecisionInput, standby: StandbyView, target: StandbyView): boolean {
  if (standby.site === target.site) return true;
  if (standby.synchronous) return input.asksWhenShort !== true || standby.short === undefined;
  if (isTooSmall(standby, input.minimumCapacityPercent ?? 0) || standby.loss === undefined) return false;
  if (input.asksWhenShort === true && standby.short !== undefined) return false;
  const weighed = lossToWeigh(standby, unheardSynchronous(input, standby));
  if (weighed === 'unknown') return false;
  if (permissionFor(input.tiers, 'full', weighed).code === 'permitted') return true;
  const { openEnded } = standby.loss;
  return !target.synchronous && target.loss !== undefined && openEnded !== true && standby.loss.ms <= target.loss.ms;
}

const nothing: Loss = { ms: 0, bytes: 0, rows: 0 };

function lossOf({ loss }: StandbyView): { loss?: Loss } {
  return loss === undefined ? {} : { loss };
}

function dwellMs({ dwell, region }: DecisionInput, target: StandbyView): number {
  return isAway(region, target) ? dwell.acrossRegionsMs : dwell.inRegionMs;
}

function where({ region }: DecisionInput, target: StandbyView): string {
  return isAway(region, target) ? `${target.site}, in another region (${target.region})` : target.site;
}

function isAway(region: string | undefined, target: StandbyView): boolean {
  return region !== undefined && target.region !== undefined && region !== target.region;
}
