import type { Check } from '@novacron/contracts';
import type { Probe } from '../checks/probe.js';
import { isUnsettled, nextOpinion, type Opinion, type Sample, type SettlingRules } from '../domain/opinion.js';
import { nextDueMs, type Pace } from '../domain/pace.js';
import { takeSample } from './take-sample.js';
import type { Witness } from './witness.js';

export interface CheckLoopSettings {
  readonly check: Check;
  readonly probe: Probe;
  readonly pace: Pace;
  readonly slowAfterMs: number;
  readonly rules: SettlingRules;
  readonly witness: Witness;
  readonly onSample: (check: Check, sample: Sample) => void;
}

/** One check of one vantage, again and again: at a fixed rate, never two at once, faster while it is unsettled. */
export class CheckLoop {
  private opinion: Opinion | undefined;
  private timer: NodeJS.Timeout | undefined;
  private running = false;
  private stopped = false;
  private dueMs = 0;
  private startedMs = -Infinity;

  constructor(private readonly settings: CheckLoopSettings) {}

  get check(): Check {
    return this.settings.check;
  }

  /** The first look comes at a random moment of the first interval, so that checks that start together spread. */
  start(): void {
    const delayMs = Math.random() * Math.min(this.settings.pace.intervalMs, 1_000);
    this.schedule(performance.now() + delayMs);
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
  }

  /** Looks at once, unless it is looking or has just looked: something near this target has failed. */
  hurry(): void {
    const nowMs = performance.now();
    if (this.stopped || this.running || nowMs - this.startedMs < this.settings.pace.fastIntervalMs / 2) return;
    this.schedule(nowMs);
  }

  private schedule(dueMs: number): void {
    clearTimeout(this.timer);
    this.dueMs = dueMs;
    this.timer = setTimeout(() => void this.look(), Math.max(0, dueMs - performance.now()));
  }

  private async look(): Promise<void> {
    const { check, probe, pace, slowAfterMs, rules, witness, onSample } = this.settings;
    this.running = true;
    this.startedMs = performance.now();
    const look = await takeSample(probe, witness, { timeoutMs: pace.timeoutMs, slowAfterMs });
    this.running = false;
    if (this.stopped) return;
    const consecutiveFailures = look.state === 'failed' ? (this.opinion?.failures ?? 0) + 1 : 0;
    const sample: Sample = { ...look, consecutiveFailures };
    this.opinion = nextOpinion(this.opinion, sample, rules);
    this.schedule(
      nextDueMs(this.dueMs, this.startedMs, performance.now(), pace, isUnsettled(this.opinion), Math.random()),
    );
    onSample(check, sample);
  }
}
