import { type Check, SteadyObservations, SteadySample } from '@novacron/contracts';
import type { Sample } from '../domain/opinion.js';

/** One message is kept well below the megabyte that NATS takes. */
const samplesInOne = 2_000;

/**
 * Samples that say nothing new, kept to be sent together: one message for a site instead of one for each look, which is what
 * lets a vantage have thousands of checks (docs/adr/0014).
 */
export class SteadySamples {
  private readonly sites = new Map<string, { readonly check: string; readonly sample: Sample }[]>();

  constructor(private readonly vantage: string) {}

  add({ site, name }: Check, sample: Sample): void {
    const waiting = this.sites.get(site);
    if (waiting === undefined) this.sites.set(site, [{ check: name, sample }]);
    else waiting.push({ check: name, sample });
  }

  /** What has come together since the last time, as messages. */
  take(nowMs: number): SteadyObservations[] {
    const sentAt = new Date(nowMs).toISOString();
    const messages: SteadyObservations[] = [];
    for (const [site, waiting] of this.sites) {
      for (let first = 0; first < waiting.length; first += samplesInOne) {
        const samples = waiting.slice(first, first + samplesInOne).map((each) => steadySample(each, nowMs));
        messages.push(new SteadyObservations({ vantage: this.vantage, site, sentAt, samples }));
      }
    }
    this.sites.clear();
    return messages;
  }
}

function steadySample({ check, sample }: { check: string; sample: Sample }, nowMs: number): SteadySample {
  const { state, consecutiveFailures, latencyMs, observedAt, problem, timings } = sample;
  return Object.assign(new SteadySample(), {
    check,
    state,
    consecutiveFailures,
    latencyMs,
    agoMs: Math.max(0, nowMs - Date.parse(observedAt)),
    ...(problem === undefined ? {} : { problem }),
    ...(timings === undefined ? {} : { timings }),
  });
}
