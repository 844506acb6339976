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
  /** The opinion before the sample, and with it. */
  readonly onSample: (check: Check, before: Opinion | undefined, after: Opinion) => void;
  /** How long after it was due a look began. */
  readonly onLook: (lateMs: number) => void;
}

/** What this vantage has seen of a check already, in another process or before: where to go on from. */
export interface TakenOver {
  readonly opinion: Opinion;
  readonly ageMs: number;
}

/** One check of one vantage, again and again: at a fixed rate, never two at once, faster while it is unsettled. */
export class CheckLoop {
  private opinion: Opinion | undefined;
  private timer: NodeJS.Timeout | undefined;
  private looking = false;
  private running = false;
  private dueMs = 0;
  private startedMs = -Infinity;
  /** Counts starts: a look that was under way when the loop was stopped is nobody's. */
  private run = 0;

  constructor(private readonly settings: CheckLoopSettings) {}

  get check(): Check {
    return this.settings.check;
  }

  /**
   * The first look comes within `spreadMs`, at the check's own moment of it (`phase`, from 0 to 1), and the ones after it at
   * the same moment of the interval, so that checks that start together spread. One that was taken over goes on when it would
   * have been due.
   */
  start(spreadMs: number, phase: number, before?: TakenOver): void {
    if (this.running) return;
    this.running = true;
    this.run += 1;
    const nowMs = performance.now();
    const { intervalMs } = this.settings.pace;
    if (before === undefined) {
      this.schedule(nowMs + phase * Math.min(spreadMs, intervalMs));
      // The grid that the looks after it keep to.
      this.dueMs = nowMs + phase * intervalMs;
      return;
    }
    this.opinion = before.opinion;
    const dueMs = nowMs - before.ageMs + intervalMs;
    this.schedule(isUnsettled(before.opinion) ? nowMs : Math.max(dueMs, nowMs + phase * 50));
  }

  stop(): void {
    this.running = false;
    this.run += 1;
    this.opinion = undefined;
    clearTimeout(this.timer);
  }

  /** Looks at once, unless it is looking or has just looked: something near this target has failed. */
  hurry(): void {
    const nowMs = performance.now();
    if (!this.running || this.looking || nowMs - this.startedMs < this.settings.pace.fastIntervalMs / 2) return;
    this.schedule(nowMs);
  }

  private schedule(dueMs: number): void {
    clearTimeout(this.timer);
    this.dueMs = dueMs;
    this.timer = setTimeout(() => void this.look(dueMs), Math.max(0, dueMs - performance.now()));
  }

  private async look(dueMs: number): Promise<void> {
    const { check, probe, pace, slowAfterMs, rules, witness, onSample, onLook } = this.settings;
    // One that was stopped and started again while it looked: never two at once.
    if (this.looking) return this.schedule(performance.now() + pace.fastIntervalMs);
    const { run } = this;
    this.looking = true;
    this.startedMs = performance.now();
    onLook(this.startedMs - dueMs);
    const look = await takeSample(probe, witness, { timeoutMs: pace.timeoutMs, slowAfterMs });
    this.looking = false;
    if (run !== this.run) return;
    const before = this.opinion;
    const consecutiveFailures = look.state === 'failed' ? (before?.failures ?? 0) + 1 : 0;
    const sample: Sample = { ...look, consecutiveFailures };
    this.opinion = nextOpinion(before, sample, rules);
    const fast = isUnsettled(this.opinion);
    this.schedule(nextDueMs(this.dueMs, this.startedMs, performance.now(), pace, fast, Math.random()));
    onSample(check, before, this.opinion);
  }
}
