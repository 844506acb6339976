import type { Logger } from '@novacron/bus';
import { type Check, durationMs, type Health, Observation } from '@novacron/contracts';
import type { Probe } from '../checks/probe.js';
import { TcpProbe } from '../checks/tcp.js';
import type { Sample } from '../domain/opinion.js';
import { CheckLoop } from './check-loop.js';
import { Witness } from './witness.js';

/** Where samples go; the part of the bus that a vantage needs. */
export interface ObservationSink {
  /** While it is not connected, samples are dropped: they would be of the past when they arrive. */
  readonly connected: boolean;
  observe(observation: Observation): void;
}

export interface VantageSettings {
  /** One of the estate's vantages. */
  readonly name: string;
  readonly health: Health;
  readonly probeFor: (check: Check, timeoutMs: number) => Probe;
  readonly sink: ObservationSink;
  readonly logger: Logger;
}

/** One place to look from: runs every check of the estate and says what it sees. */
export class Vantage {
  private readonly loops: readonly CheckLoop[];
  private readonly witness: Witness;

  constructor(private readonly settings: VantageSettings) {
    const { health } = settings;
    this.witness = witnessOf(settings);
    this.loops = health.checks.map((check) => {
      const pace = paceOf(check, health);
      return new CheckLoop({
        check,
        pace,
        probe: settings.probeFor(check, pace.timeoutMs),
        slowAfterMs: durationMs(check.slowAfter ?? health.slowAfter),
        rules: health.rules,
        witness: this.witness,
        onSample: (sampled, sample) => this.say(sampled, sample),
      });
    });
  }

  start(): void {
    this.witness.start();
    for (const loop of this.loops) loop.start();
  }

  stop(): void {
    this.witness.stop();
    for (const loop of this.loops) loop.stop();
  }

  private say(check: Check, sample: Sample): void {
    const { name, sink, logger } = this.settings;
    if (sample.consecutiveFailures === 1) this.hurryOthersOf(check);
    if (!sink.connected) return;
    try {
      sink.observe(
        new Observation({ vantage: name, site: check.site, check: check.name, kind: check.kind, ...sample }),
      );
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      logger.error('observation not sent', { site: check.site, check: check.name, reason });
    }
  }

  /** One failure may be a site's end: the rest of the site is looked at now, not when its turn comes. */
  private hurryOthersOf(check: Check): void {
    for (const loop of this.loops) {
      if (loop.check !== check && loop.check.site === check.site) loop.hurry();
    }
  }
}

export function paceOf(
  check: Check,
  health: Health,
): { intervalMs: number; fastIntervalMs: number; timeoutMs: number } {
  const intervalMs = durationMs(check.interval ?? health.interval);
  const fastIntervalMs = Math.min(intervalMs, durationMs(health.fastInterval ?? health.interval));
  return { intervalMs, fastIntervalMs, timeoutMs: Math.min(intervalMs, durationMs(check.timeout ?? health.timeout)) };
}

function witnessOf({ name, health }: VantageSettings): Witness {
  const vantage = health.vantages.find((candidate) => candidate.name === name);
  const { witnessHost, witnessPort } = vantage ?? {};
  const probe =
    witnessHost === undefined || witnessPort === undefined ? undefined : new TcpProbe(witnessHost, witnessPort);
  return new Witness(probe, {
    intervalMs: durationMs(health.interval),
    fastIntervalMs: durationMs(health.fastInterval ?? health.interval),
    timeoutMs: Math.min(durationMs(health.timeout), 2_000),
  });
}
