import { type Check, durationMs, type Health, type Observation } from '@novacron/contracts';
import { type ClockOffset, latenessMs, nextOffset } from '../domain/lateness.js';
import { nextOpinion, type Opinion } from '../domain/opinion.js';
import type { HeardOf } from '../domain/vantage-sight.js';
import { type Voice, voiceOf } from '../domain/voice.js';

/** An opinion counts while its last sample is no older than this many intervals. */
const freshIntervals = 3;

interface Heard {
  readonly opinion: Opinion;
  readonly heardMs: number;
}

/**
 * What every vantage says of every check, as heard on the bus. Each process has the whole picture, whether or not it gives
 * the verdicts; it is rebuilt from the next samples after a restart, since each carries its own count of failures.
 */
export class Picture {
  private readonly checks = new Map<string, Check>();
  private readonly heard = new Map<string, Heard>();
  private readonly offsets = new Map<string, ClockOffset>();
  private readonly lastHeard = new Map<string, number>();

  /** `nowMs` is monotonic. */
  constructor(
    private readonly health: Health,
    private readonly nowMs: () => number = () => performance.now(),
  ) {
    for (const check of health.checks) this.checks.set(placeOf(check.site, check.name), check);
  }

  /**
   * Takes in a sample; true when it changes what its vantage says. Samples of what the estate does not have are left out,
   * and so are those that come so late that they would not be fresh.
   */
  hear(observation: Observation): boolean {
    const { vantage, site, check: name } = observation;
    const check = this.checks.get(placeOf(site, name));
    if (check === undefined || !this.health.vantages.some((known) => known.name === vantage)) return false;
    const now = this.nowMs();
    if (this.isLate(observation, check, now)) return false;

    this.lastHeard.set(vantage, now);
    const before = this.voiceOf(vantage, site, name);
    const key = keyOf(vantage, site, name);
    const opinion = nextOpinion(this.heard.get(key)?.opinion, observation, this.health.rules);
    this.heard.set(key, { opinion, heardMs: now });
    const after = this.voiceOf(vantage, site, name);
    return after.word !== before.word || after.steady !== before.steady;
  }

  voiceOf(vantage: string, site: string, check: string): Voice {
    const heard = this.heard.get(keyOf(vantage, site, check));
    return voiceOf(heard?.opinion, heard !== undefined && this.isFresh(site, check, heard), this.health.rules);
  }

  /** What one vantage last said of a check, and how long ago it came; undefined when it has said nothing. */
  lastOf(vantage: string, site: string, check: string): { opinion: Opinion; ageMs: number } | undefined {
    const heard = this.heard.get(keyOf(vantage, site, check));
    return heard === undefined ? undefined : { opinion: heard.opinion, ageMs: this.nowMs() - heard.heardMs };
  }

  heardOf(vantage: string): HeardOf {
    let fresh = 0;
    let freshSeeing = 0;
    for (const check of this.checks.values()) {
      const heard = this.heard.get(keyOf(vantage, check.site, check.name));
      if (heard === undefined || !this.isFresh(check.site, check.name, heard)) continue;
      fresh += 1;
      if (heard.opinion.last.state !== 'unknown') freshSeeing += 1;
    }
    const lastHeardMs = this.lastHeard.get(vantage);
    return { fresh, freshSeeing, ...(lastHeardMs === undefined ? {} : { lastHeardMs }) };
  }

  private isFresh(site: string, check: string, heard: Heard): boolean {
    const known = this.checks.get(placeOf(site, check));
    return known !== undefined && this.nowMs() - heard.heardMs <= this.freshForMs(known);
  }

  private freshForMs(check: Check): number {
    return freshIntervals * durationMs(check.interval ?? this.health.interval);
  }

  private isLate({ vantage, observedAt, latencyMs }: Observation, check: Check, now: number): boolean {
    const takenMs = Date.parse(observedAt) + latencyMs;
    const receivedMs = Date.now();
    const offset = nextOffset(this.offsets.get(vantage), takenMs, receivedMs, now);
    this.offsets.set(vantage, offset);
    return latenessMs(offset, takenMs, receivedMs) > this.freshForMs(check);
  }
}

function placeOf(site: string, check: string): string {
  return `${site}/${check}`;
}

function keyOf(vantage: string, site: string, check: string): string {
  return `${vantage}/${site}/${check}`;
}
