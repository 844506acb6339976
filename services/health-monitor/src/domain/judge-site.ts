import type { CheckVerdict, CheckView } from './judge-check.js';
import { judgeLink } from './judge-link.js';

export interface JudgedCheck {
  readonly name: string;
  readonly role: string;
  /** In a maintenance window: looked at, but nothing follows from it. */
  readonly muted: boolean;
  readonly view: CheckView;
  /** For the way to another site: who stands at which end of it, and whether the other end works. */
  readonly link?: { readonly here: readonly string[]; readonly there: readonly string[]; readonly thereAlive: boolean };
}

export interface SiteQuestion {
  readonly checks: readonly JudgedCheck[];
  /** Every vantage of the estate, whether heard or not, in the order of the checks' voices. */
  readonly vantages: readonly string[];
  /** Roles that must all have failed; those that the site has no check for are left out. */
  readonly siteLostWhen: readonly string[];
}

export interface SiteVerdict {
  readonly state: 'ok' | 'degraded' | 'lost' | 'unknown';
  readonly reason: string;
  /** Whether an `ok` has lasted long enough to end an episode. */
  readonly steady: boolean;
  readonly checks: Readonly<Record<string, CheckVerdict>>;
  /** Checks that are not well and not muted, with what is wrong. */
  readonly troubled: Readonly<Record<string, 'degraded' | 'failed'>>;
  readonly vantagesAgreeing: number;
  readonly vantagesSeeing: number;
}

/**
 * One site in the eyes of all vantages.
 *
 * Lost is a statement about the whole site, so it is counted whole: a vantage says it only when, in its own eyes, every vital
 * role has failed. Were each role counted by itself, three vantages that each miss another part would add up to a loss
 * that none of them has seen. A muted check can neither lose a site nor degrade it, and a vital role that is muted
 * altogether has not failed: work on a site is not its loss.
 */
export function judgeSite(question: SiteQuestion): SiteVerdict {
  const { checks, vantages } = question;
  const verdicts: Record<string, CheckVerdict> = {};
  for (const { name, link, view } of checks) if (link === undefined) verdicts[name] = view.verdict;
  for (const { name, link, view } of checks) {
    if (link === undefined) continue;
    const [outward, inward] = [link.here, link.there].map((names) =>
      names.flatMap((vantage) => view.voices[vantages.indexOf(vantage)] ?? []),
    );
    const hereAlive = checks.some((each) => each.link === undefined && verdicts[each.name]?.state === 'ok');
    verdicts[name] = judgeLink({
      outward: outward ?? [],
      inward: inward ?? [],
      hereAlive,
      thereAlive: link.thereAlive,
    });
  }
  const active = checks.filter((check) => !check.muted);
  const troubled: Record<string, 'degraded' | 'failed'> = {};
  for (const { name } of active) {
    const state = verdicts[name]?.state;
    if (state === 'degraded' || state === 'failed') troubled[name] = state;
  }

  const vital = vitalRoles(question).map((role) =>
    checks.filter((check) => check.role === role && !check.muted && check.link === undefined),
  );
  const votes = vantages.map((_, index) => siteVote(index, vital));
  const vantagesSeeing = votes.filter((vote) => vote !== 'unknown').length;
  const vantagesAgreeing = votes.filter((vote) => vote === 'lost').length;
  const common = { checks: verdicts, troubled, vantagesAgreeing, vantagesSeeing };

  if (vantagesSeeing * 2 > vantages.length && vantagesAgreeing * 2 > vantagesSeeing) {
    const reason = `${vantagesAgreeing} of ${vantagesSeeing} vantages that can see find ${listOf(vitalRoles(question))} failed`;
    return { state: 'lost', steady: false, reason, ...common };
  }
  if (Object.keys(troubled).length > 0) {
    const reason = listOf(
      Object.entries(troubled).map(([name, state]) => `${name} ${verdicts[name]?.reason ?? words[state]}`),
    );
    return { state: 'degraded', steady: false, reason, ...common };
  }
  // A way whose other end is gone says nothing of this site.
  const states = active
    .filter((check) => check.link === undefined || verdicts[check.name]?.state !== 'unknown')
    .map((check) => verdicts[check.name]);
  if (states.length > 0 && states.every((verdict) => verdict?.state === 'ok')) {
    const steady = states.every((verdict) => verdict?.steady === true);
    const reason =
      active.length === checks.length ? 'every check is well' : 'every check that is not in maintenance is well';
    return { state: 'ok', steady, reason, ...common };
  }
  return { state: 'unknown', steady: false, reason: whyUnknown(question, verdicts), ...common };
}

const words = { failed: 'has failed', degraded: 'is slow or unsteady' } as const;

/** What one vantage says of the whole site: one vital check that is seen and has not failed is enough against a loss. */
function siteVote(vantage: number, vital: readonly (readonly JudgedCheck[])[]): 'lost' | 'not-lost' | 'unknown' {
  if (vital.length === 0) return 'not-lost';
  let allSeen = true;
  for (const ofRole of vital) {
    // A vital role that is muted altogether has not failed.
    if (ofRole.length === 0) return 'not-lost';
    for (const { view } of ofRole) {
      const word = view.voices[vantage]?.word ?? 'unknown';
      if (word === 'unknown') allSeen = false;
      else if (word !== 'failed') return 'not-lost';
    }
  }
  return allSeen ? 'lost' : 'unknown';
}

function vitalRoles({ checks, siteLostWhen }: SiteQuestion): string[] {
  return siteLostWhen.filter((role) => checks.some((check) => check.role === role && check.link === undefined));
}

function whyUnknown({ checks, vantages }: SiteQuestion, verdicts: Readonly<Record<string, CheckVerdict>>): string {
  if (checks.length === 0) return 'no check looks at it';
  const active = checks.filter((check) => !check.muted);
  if (active.length === 0) return 'in maintenance';
  const few = active.filter((check) => (verdicts[check.name]?.seeing ?? 0) * 2 <= vantages.length);
  if (few.length > 0) return `too few vantages can see ${listOf(few.map((check) => check.name))}`;
  const disputed = active.filter((check) => verdicts[check.name]?.state === 'unknown');
  return `the vantages do not agree on ${listOf(disputed.map((check) => check.name))}`;
}

/** A reason is read by people: of thousands the first ones. */
const namedInReason = 10;

function listOf(items: readonly string[]): string {
  if (items.length <= 1) return items.join('');
  if (items.length > namedInReason + 1) {
    return `${items.slice(0, namedInReason).join(', ')} and ${items.length - namedInReason} more`;
  }
  return `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`;
}
