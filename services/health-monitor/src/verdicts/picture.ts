import { type Check, durationMs, type Health, type Observation, type SteadyObservations } from '@novacron/contracts';
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
  readonly freshForMs: number;
}

interface KnownCheck {
  readonly check: Check;
  readonly freshForMs: number;
}

/**
 * What every vantage says of every check, as heard on the bus. Each process has the whole picture, whether or not it gives
 * the verdicts; it is rebuilt from the next samples after a restart, since each carries its own count of failures.
 */
export class Picture {
  private readonly checks = new Map<string, Map<string, KnownCheck>>();
  /** By vantage, site and check. */
  private readonly heard: ReadonlyMap<string, ReadonlyMap<string, Map<string, Heard>>>;
  private readonly offsets = new Map<string, ClockOffset>();
  private readonly lastHeard = new Map<string, number>();

  /** `nowMs` is monotonic. */
  constructor(
    private readonly health: Health,
    private readonly nowMs: () => number = () => performance.now(),
  ) {
    for (const check of health.checks) {
      const freshForMs = freshIntervals * durationMs(check.interval ?? health.interval);
      const ofSite = this.checks.get(check.site) ?? new Map<string, KnownCheck>();
      this.checks.set(check.site, ofSite.set(check.name, { check, freshForMs }));
    }
    const sites = (): ReadonlyMap<string, Map<string, Heard>> =>
      new Map([...this.checks.keys()].map((site) => [site, new Map<string, Heard>()]));
    this.heard = new Map(health.vantages.map(({ name }) => [name, sites()]));
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

  voiceOf(vantage: string, site: string, check: string): Voice {
    const heard = this.heard.get(vantage)?.get(site)?.get(check);
    return heard === undefined ? silence : this.voice(heard);
  }

  /** What one vantage last said of a check, and how long ago it was seen; undefined when it has said nothing. */
  lastOf(vantage: string, site: string, check: string): { opinion: Opinion; ageMs: number } | undefined {
    const heard = this.heard.get(vantage)?.get(site)?.get(check);
    return heard === undefined ? undefined : { opinion: heard.opinion, ageMs: this.nowMs() - heard.takenMs };
  }

  heardOf(vantage: string): HeardOf {
    let fresh = 0;
    let freshSeeing = 0;
    const now = this.nowMs();
    for (const ofSite of this.heard.get(vantage)?.values() ?? []) {
      for (const { opinion, takenMs, freshForMs } of ofSite.values()) {
        if (now - takenMs > freshForMs) continue;
        fresh += 1;
        if (opinion.last.state !== 'unknown') freshSeeing += 1;
      }
    }
    const lastHeardMs = this.lastHeard.get(vantage);
    return { fresh, freshSeeing, ...(lastHeardMs === undefined ? {} : { lastHeardMs }) };
  }

  /** Notes that a vantage speaks, and how late its words come; undefined for a vantage that the estate does not have. */
  private hearFrom(vantage: string, sentMs: number): number | undefined {
    if (!this.heard.has(vantage)) return undefined;
    const receivedMs = Date.now();
    const offset = nextOffset(this.offsets.get(vantage), sentMs, receivedMs, this.nowMs());
    this.offsets.set(vantage, offset);
    return latenessMs(offset, sentMs, receivedMs);
  }

  private take(vantage: string, site: string, name: string, sample: Sample, takenMs: number, lateMs: number): boolean {
    const known = this.checks.get(site)?.get(name);
    const ofSite = this.heard.get(vantage)?.get(site);
    if (known === undefined || ofSite === undefined || lateMs > known.freshForMs) return false;
    const before = ofSite.get(name);
    const voiceBefore = before === undefined ? silence : this.voice(before);
    const opinion = nextOpinion(before?.opinion, sample, this.health.rules);
    const after: Heard = { opinion, takenMs, freshForMs: known.freshForMs };
    this.lastHeard.set(vantage, this.nowMs());
    ofSite.set(name, after);
    const voiceAfter = this.voice(after);
    return voiceAfter.word !== voiceBefore.word || voiceAfter.steady !== voiceBefore.steady;
  }

  private voice({ opinion, takenMs, freshForMs }: Heard): Voice {
    return voiceOf(opinion, this.nowMs() - takenMs <= freshForMs, this.health.rules);
  }
}
