import { type Check, durationMs, type Health, type Observation, type SteadyObservations } from '@novacron/contracts';
import { type CheckView, viewOf } from '../domain/judge-check.js';
import { type ClockOffset, latenessMs, nextOffset } from '../domain/lateness.js';
import { nextOpinion, type Opinion, type Sample } from '../domain/opinion.js';
import type { HeardOf } from '../domain/vantage-sight.js';
import { silence, type Voice, voiceOf } from '../domain/voice.js';

/** An opinion counts while its last sample is no older than this many intervals. */
const freshIntervals = 3;

interface Heard {
  readonly opinion: Opinion;
  /** When its sample was taken, by our monotonic clock and the sender's word. */
  readonly takenMs: number;
  /** What it says until it is stale. */
  readonly voice: Voice;
}

interface KnownCheck {
  readonly freshForMs: number;
  /** By vantage, in the order of the estate. */
  readonly heard: (Heard | undefined)[];
  /** What was made of it last: the same object while every vantage says the same. And until when no silence can change it. */
  view: CheckView;
  viewUntilMs: number;
}

interface KnownSite {
  readonly checks: Map<string, KnownCheck>;
  version: number;
}

/**
 * What every vantage says of every check, as heard on the bus. Each process has the whole picture, whether or not it gives
 * the verdicts; it is rebuilt from the next samples after a restart, since each carries its own count of failures. A verdict
 * of a check is kept until a voice changes or falls silent: thousands are asked for several times a second.
 */
export class Picture {
  private readonly sites = new Map<string, KnownSite>();
  private readonly vantages: ReadonlyMap<string, number>;
  private readonly offsets = new Map<string, ClockOffset>();
  private readonly lastHeard = new Map<string, number>();

  /** `nowMs` is monotonic. */
  constructor(
    private readonly health: Health,
    private readonly nowMs: () => number = () => performance.now(),
  ) {
    this.vantages = new Map(health.vantages.map(({ name }, index) => [name, index]));
    for (const check of health.checks) {
      const ofSite = this.sites.get(check.site) ?? { checks: new Map<string, KnownCheck>(), version: 0 };
      ofSite.checks.set(check.name, this.neverHeard(check));
      this.sites.set(check.site, ofSite);
    }
  }

  /**
   * Takes in a sample; true when it changes what its vantage says. Samples of what the estate does not have are left out,
   * and so are those that come so late that they would not be fresh.
   */
  hear(observation: Observation): boolean {
    const { vantage, site, check } = observation;
    const sentMs = Date.parse(observation.observedAt) + observation.latencyMs;
    const lateMs = this.hearFrom(vantage, sentMs);
    return lateMs !== undefined && this.take(vantage, site, check, observation, this.nowMs(), lateMs);
  }

  /** Takes in samples that were sent together; true when they change what their vantage says. */
  hearSteady({ vantage, site, sentAt, samples }: SteadyObservations): boolean {
    const sentMs = Date.parse(sentAt);
    const lateMs = this.hearFrom(vantage, sentMs);
    if (lateMs === undefined) return false;
    const now = this.nowMs();
    let changed = false;
    for (const { check, agoMs, ...said } of samples) {
      const sample: Sample = { ...said, observedAt: new Date(sentMs - agoMs).toISOString() };
      changed = this.take(vantage, site, check, sample, now - agoMs, lateMs + agoMs) || changed;
    }
    return changed;
  }

  viewOf(site: string, check: string): CheckView {
    const ofSite = this.sites.get(site);
    const known = ofSite?.checks.get(check);
    if (ofSite === undefined || known === undefined) return viewOf([...this.vantages.keys()].map(() => silence));
    look(ofSite, known, this.nowMs());
    return known.view;
  }

  /** A number that is another one whenever what is said of a check of the site is, or is not said any more. */
  versionOf(site: string): number {
    const ofSite = this.sites.get(site);
    if (ofSite === undefined) return 0;
    const now = this.nowMs();
    for (const known of ofSite.checks.values()) look(ofSite, known, now);
    return ofSite.version;
  }

  voiceOf(vantage: string, site: string, check: string): Voice {
    const index = this.vantages.get(vantage);
    return (index === undefined ? undefined : this.viewOf(site, check).voices[index]) ?? silence;
  }

  /** What one vantage last said of a check, and how long ago it was seen; undefined when it has said nothing. */
  lastOf(vantage: string, site: string, check: string): { opinion: Opinion; ageMs: number } | undefined {
    const heard = this.sites.get(site)?.checks.get(check)?.heard[this.vantages.get(vantage) ?? -1];
    return heard === undefined ? undefined : { opinion: heard.opinion, ageMs: this.nowMs() - heard.takenMs };
  }

  /** Counts no further than to the first fresh sample that sees: more than that nobody asks, and thousands are looked at. */
  heardOf(vantage: string): HeardOf {
    const lastHeardMs = this.lastHeard.get(vantage);
    const heardAt = lastHeardMs === undefined ? {} : { lastHeardMs };
    let fresh = 0;
    const now = this.nowMs();
    const index = this.vantages.get(vantage) ?? -1;
    for (const { checks } of this.sites.values()) {
      for (const { heard, freshForMs } of checks.values()) {
        const ofVantage = heard[index];
        if (ofVantage === undefined || now - ofVantage.takenMs > freshForMs) continue;
        fresh += 1;
        if (ofVantage.opinion.last.state !== 'unknown') return { fresh, freshSeeing: 1, ...heardAt };
      }
    }
    return { fresh, freshSeeing: 0, ...heardAt };
  }

  private neverHeard({ interval }: Check): KnownCheck {
    return {
      freshForMs: freshIntervals * durationMs(interval ?? this.health.interval),
      heard: this.health.vantages.map(() => undefined),
      view: viewOf(this.health.vantages.map(() => silence)),
      viewUntilMs: -1,
    };
  }

  /**
   * Notes that a vantage speaks, and how late its words come; undefined for a vantage that the estate does not have. By the
   * monotonic clock: when the other one is set, the words of all other hosts would seem to be late.
   */
  private hearFrom(vantage: string, sentMs: number): number | undefined {
    if (!this.vantages.has(vantage)) return undefined;
    const receivedMs = this.nowMs();
    const offset = nextOffset(this.offsets.get(vantage), sentMs, receivedMs);
    this.offsets.set(vantage, offset);
    return latenessMs(offset, sentMs, receivedMs);
  }

  private take(vantage: string, site: string, name: string, sample: Sample, takenMs: number, lateMs: number): boolean {
    const known = this.sites.get(site)?.checks.get(name);
    const index = this.vantages.get(vantage);
    if (known === undefined || index === undefined || lateMs > known.freshForMs) return false;
    const { rules } = this.health;
    const now = this.nowMs();
    const before = known.heard[index];
    const saidBefore = spoken(before, now, known.freshForMs);
    const opinion = nextOpinion(before?.opinion, sample, rules);
    const after: Heard = { opinion, takenMs, voice: voiceOf(opinion, true, rules) };
    this.lastHeard.set(vantage, now);
    known.heard[index] = after;
    const says = spoken(after, now, known.freshForMs);
    const changed = says.word !== saidBefore.word || says.steady !== saidBefore.steady;
    if (changed) known.viewUntilMs = -1;
    return changed;
  }
}

/** Makes a view anew where a voice has changed or may have fallen silent. */
function look(ofSite: KnownSite, known: KnownCheck, now: number): void {
  if (now <= known.viewUntilMs) return;
  known.viewUntilMs = Infinity;
  const voices = known.heard.map((heard) => {
    const voice = spoken(heard, now, known.freshForMs);
    if (heard !== undefined && voice !== silence)
      known.viewUntilMs = Math.min(known.viewUntilMs, heard.takenMs + known.freshForMs);
    return voice;
  });
  if (voices.every((voice, index) => voice === known.view.voices[index])) return;
  known.view = viewOf(voices);
  ofSite.version += 1;
}

function spoken(heard: Heard | undefined, now: number, freshForMs: number): Voice {
  return heard === undefined || now - heard.takenMs > freshForMs ? silence : heard.voice;
}
