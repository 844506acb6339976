import type { FailoverCondition, FailoverRule } from '@novacron/contracts';

/** A standby as the decision sees it. */
export interface StandbyView {
  readonly site: string;
  readonly reachable: boolean;
  readonly promotable: boolean;
  readonly inRecovery: boolean;
  /** Receives WAL from the lost site, and its position moved between two looks. */
  readonly dataFlowing: boolean;
  /** Was a confirmed synchronous standby of the lost site: nothing acknowledged is missing on it. */
  readonly synchronous: boolean;
  /** How old its last replayed commit is, when it is not synchronous. */
  readonly lossMs?: number;
}

export interface DecisionInput {
  readonly site: string;
  /** The site that the epoch record says may be written to; undefined when no epoch is known. */
  readonly activeSite: string | undefined;
  readonly conditions: ReadonlySet<FailoverCondition>;
  readonly rules: readonly FailoverRule[];
  readonly threshold: number;
  readonly automation: 'full' | 'partial' | 'minimal';
  /** The strictest RPO among the tiers that live on the lost site. */
  readonly rpoMs: number;
  readonly standbys: readonly StandbyView[];
  /** The sites in the order in which they take over. */
  readonly order: readonly string[];
  readonly pause?: { readonly owner: string; readonly reason: string; readonly until: string };
  readonly runningOperation?: string;
  /** The lost site's database answers us as a writable primary. */
  readonly primaryAnswers: boolean;
}

export interface Verdict {
  readonly shouldFailover: boolean;
  readonly reason: string;
  readonly confidence: number;
  readonly rule?: string;
  readonly targetSite?: string;
}

/**
 * From evidence to verdict. The order of the questions is the argument: first whether this is ours to decide at all, then
 * whether the site is really lost (data that still flows, or a primary that answers us, outvotes every probe), then how
 * sure the rules are, and only then whether somewhere else is fit to take over within what was promised.
 */
export function decide(input: DecisionInput): Verdict {
  const { site } = input;
  const rule = strongestRule(input);
  const confidence = rule?.confidence ?? 0;
  const no = (reason: string): Verdict => ({
    shouldFailover: false,
    reason,
    confidence,
    ...(rule === undefined ? {} : { rule: rule.name }),
  });

  if (input.activeSite === undefined)
    return no('no epoch is recorded: nobody knows which site is the primary, so nothing is moved');
  if (input.activeSite !== site)
    return no(`${site} holds no primary: ${input.activeSite} does, and service goes on there`);
  if (input.runningOperation !== undefined) return no(`operation ${input.runningOperation} is already moving service`);
  if (rule === undefined) return no('what was seen matches no failover rule');

  const flowing = input.standbys.find((standby) => standby.dataFlowing);
  if (flowing !== undefined)
    return no(`${flowing.site} still receives data from ${site}: it is alive, whatever the probes say`);
  if (input.primaryAnswers)
    return no(`the database of ${site} answers us and takes writes: the probes cannot be right`);
  if (confidence <= input.threshold)
    return no(`${rule.reason}, at confidence ${confidence}: acted on above ${input.threshold}`);
  if (input.pause !== undefined) {
    return no(
      `${rule.reason}, but ${input.pause.owner} has paused automatic failover until ${input.pause.until}: ${input.pause.reason}`,
    );
  }

  const fit = candidates(input);
  const target = fit[0];
  if (target === undefined) return no(`${rule.reason}, and no standby can be promoted: ${whyNot(input)}`);
  if (input.automation !== 'full') {
    return no(
      `${rule.reason}; policy leaves the decision to a human: start it with command.failover.start to ${target.site}`,
    );
  }
  if (!target.synchronous && (target.lossMs === undefined || target.lossMs > input.rpoMs)) {
    const loss =
      target.lossMs === undefined ? 'an unknown amount of data' : `about ${Math.ceil(target.lossMs / 1000)} s of data`;
    return no(
      `${rule.reason}, but ${target.site} would lose ${loss}, more than the RPO allows: a human must accept that with allowDataLoss`,
    );
  }
  return { shouldFailover: true, reason: rule.reason, confidence, rule: rule.name, targetSite: target.site };
}

/** The rule that is surest among those whose every condition holds. */
function strongestRule(input: DecisionInput): FailoverRule | undefined {
  return input.rules
    .filter((rule) => rule.when.length > 0 && rule.when.every((condition) => input.conditions.has(condition)))
    .toSorted((a, b) => b.confidence - a.confidence)[0];
}

/** Standbys fit to take over: those that lose nothing first, then by the estate's order. */
function candidates(input: DecisionInput): StandbyView[] {
  const rank = (standby: StandbyView): number => {
    const index = input.order.indexOf(standby.site);
    return index < 0 ? input.order.length : index;
  };
  return input.standbys
    .filter((standby) => standby.reachable && standby.promotable && standby.inRecovery && standby.site !== input.site)
    .toSorted((a, b) => Number(b.synchronous) - Number(a.synchronous) || rank(a) - rank(b));
}

function whyNot(input: DecisionInput): string {
  const reasons = input.standbys.map((standby) => {
    if (!standby.reachable) return `${standby.site} does not answer`;
    if (!standby.promotable) return `${standby.site} is not to be promoted`;
    return `${standby.site} is not a standby`;
  });
  return reasons.length === 0 ? 'there is none' : reasons.join('; ');
}
