import type { Logger, ObservationPlace } from '@novacron/bus';
import {
  type Check,
  durationMs,
  type Health,
  type Message,
  Observation,
  type ReplicaPresence,
  steadyToken,
} from '@novacron/contracts';
import type { Probe } from '../checks/probe.js';
import { TcpProbe } from '../checks/tcp.js';
import { isNews, type Opinion } from '../domain/opinion.js';
import { Replicas } from '../sharing/replicas.js';
import { ownerOf } from '../sharing/share.js';
import { CheckLoop, type TakenOver } from './check-loop.js';
import { PaceRecord } from './pace-record.js';
import { SteadySamples } from './steady-samples.js';
import { Witness } from './witness.js';

/** Where samples go; the part of the bus that a vantage needs. Nothing is waited for. */
export interface ObservationSink {
  /** While it is not connected, samples are dropped: they would be of the past when they arrive. */
  readonly connected: boolean;
  observe(observation: Observation): void;
  observeAt(message: Message, place: ObservationPlace): void;
}

export interface VantageSettings {
  /** One of the estate's vantages. */
  readonly name: string;
  /** This process among those that look from there. */
  readonly replica: string;
  readonly health: Health;
  /** Undefined for a check that is not for this vantage to look at. */
  readonly probeFor: (check: Check, timeoutMs: number) => Probe | undefined;
  /** What this vantage was last heard to say of a check, by whichever process. */
  readonly lastOf: (site: string, check: string) => TakenOver | undefined;
  readonly sink: ObservationSink;
  readonly logger: Logger;
}

/** A site with more vital checks fails in enough of them by itself: hurrying them all would only be a storm. */
const hurriedAtMost = 50;

/** What comes together is written, read and checked at one go by every process that hears it: it holds up no answer for long. */
const longestBeatMs = 250;

/** First looks are spread so that no more than this many begin in a second. */
const firstLooksPerSecond = 500;

/**
 * One place to look from: runs the checks of the estate, shared with the other processes of this vantage, and says what it
 * sees. What is new is said at once, the rest together once a beat.
 */
export class Vantage {
  readonly pace = new PaceRecord();
  private readonly loops: readonly CheckLoop[];
  private readonly vitalOf = new Map<string, readonly CheckLoop[]>();
  private readonly witness: Witness;
  private readonly replicas: Replicas;
  private readonly steady: SteadySamples;
  private readonly beatMs: number;
  private beat: NodeJS.Timeout | undefined;
  private owned = 0;

  constructor(private readonly settings: VantageSettings) {
    const { health, name, sink } = settings;
    this.witness = witnessOf(settings);
    this.steady = new SteadySamples(name);
    this.loops = health.checks.flatMap((check) => this.loopOf(check));
    for (const site of new Set(health.checks.map((check) => check.site))) {
      const vital = this.loops.filter(
        ({ check }) => check.site === site && health.rules.siteLostWhen.includes(check.role),
      );
      this.vitalOf.set(site, vital.length > hurriedAtMost ? [] : vital);
    }
    const shortestMs = Math.min(...health.checks.map((check) => paceOf(check, health).intervalMs), 5_000);
    this.beatMs = Math.max(100, Math.min(longestBeatMs, shortestMs / 2));
    this.replicas = new Replicas({
      vantage: name,
      replica: settings.replica,
      everyMs: Math.max(100, shortestMs / 5),
      connected: () => sink.connected,
      sees: () => this.witness.reachable,
      say: (presence, place) => this.send(presence, place),
      onChange: (sharers) => this.share(sharers),
    });
  }

  /** Checks that this process looks at. */
  get checksHere(): number {
    return this.owned;
  }

  start(): void {
    this.witness.start();
    this.replicas.start();
    this.beat = setInterval(() => this.sendSteady(), this.beatMs);
  }

  stop(): void {
    clearInterval(this.beat);
    this.replicas.stop();
    this.witness.stop();
    for (const loop of this.loops) loop.stop();
    this.sendSteady();
  }

  /** Another process of this vantage has told that it is there. */
  hear(presence: ReplicaPresence): void {
    this.replicas.hear(presence);
  }

  /** One failure may be a site's end: what is vital there is looked at now, not when its turn comes. */
  hurry(site: string, except?: Check): void {
    for (const loop of this.vitalOf.get(site) ?? []) if (loop.check !== except) loop.hurry();
  }

  private share(sharers: readonly string[]): void {
    const { replica, lastOf, logger } = this.settings;
    const spreadMs = Math.max(1_000, (this.loops.length / firstLooksPerSecond) * 1_000);
    this.owned = 0;
    for (const loop of this.loops) {
      const { site, name } = loop.check;
      if (ownerOf(`${site}/${name}`, sharers) === replica) {
        this.owned += 1;
        loop.start(spreadMs, Math.random(), lastOf(site, name));
      } else {
        loop.stop();
      }
    }
    logger.info('checks shared', { sharers: sharers.length, checks: this.loops.length, here: this.owned });
  }

  private loopOf(check: Check): CheckLoop[] {
    const { health, probeFor } = this.settings;
    const pace = paceOf(check, health);
    const probe = probeFor(check, pace.timeoutMs);
    if (probe === undefined) return [];
    return [
      new CheckLoop({
        check,
        pace,
        probe,
        slowAfterMs: durationMs(check.slowAfter ?? health.slowAfter ?? '5s'),
        rules: health.rules,
        witness: this.witness,
        onLook: (lateMs) => this.pace.add(lateMs),
        onSample: (sampled, before, after) => this.say(sampled, before, after),
      }),
    ];
  }

  private say(check: Check, before: Opinion | undefined, after: Opinion): void {
    const { name, sink, health } = this.settings;
    if (after.failures === 1) this.hurry(check.site, check);
    if (!sink.connected) return;
    if (!isNews(before, after, health.rules)) return this.steady.add(check, after.last);
    const observation = new Observation({
      vantage: name,
      site: check.site,
      check: check.name,
      kind: check.kind,
      ...after.last,
    });
    this.send(observation, observation);
  }

  private sendSteady(): void {
    const messages = this.steady.take(Date.now());
    if (!this.settings.sink.connected) return;
    for (const message of messages)
      this.send(message, { vantage: message.vantage, site: message.site, check: steadyToken });
  }

  private send(message: Observation | Message, place: ObservationPlace): void {
    const { sink, logger } = this.settings;
    try {
      if (message instanceof Observation) sink.observe(message);
      else sink.observeAt(message, place);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      logger.error('observation not sent', { site: place.site, check: place.check, reason });
    }
  }
}

export function paceOf(
  check: Check,
  health: Health,
): { intervalMs: number; fastIntervalMs: number; timeoutMs: number } {
  const intervalMs = durationMs(check.interval ?? health.interval);
  const fastIntervalMs = Math.min(intervalMs, durationMs(health.fastInterval ?? health.interval));
  return { intervalMs, fastIntervalMs, timeoutMs: durationMs(check.timeout ?? health.timeout) };
}

function witnessOf({ name, health }: VantageSettings): Witness {
  const vantage = health.vantages.find((candidate) => candidate.name === name);
  const { witnessHost: host, witnessPort: port } = vantage ?? {};
  const probe = host === undefined || port === undefined ? undefined : new TcpProbe({ host, port });
  return new Witness(probe, {
    intervalMs: durationMs(health.interval),
    fastIntervalMs: durationMs(health.fastInterval ?? health.interval),
    timeoutMs: Math.min(durationMs(health.timeout), 2_000),
  });
}
