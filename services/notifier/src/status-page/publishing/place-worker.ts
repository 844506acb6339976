import type { Logger } from '@novacron/bus';
import { DrError } from '@novacron/contracts';
import { compareGenerations, type Generation, generationText } from './generation.js';
import type { Place, Release } from './place.js';

/** How a place is doing, for operators. */
export interface PlaceReport {
  readonly place: string;
  readonly generation?: string;
  /** When it last had the newest there was. */
  readonly publishedAt?: string;
  readonly tookMs?: number;
  readonly files?: number;
  readonly failures: number;
  readonly problem?: string;
  /** Another publisher's newer release is there. */
  readonly overtakenBy?: string;
}

export interface PlaceWorkerSettings {
  readonly place: Place;
  readonly logger: Logger;
  readonly nowMs: () => number;
  readonly timeoutMs?: number;
  /** The first pause after a failure; doubled each time. */
  readonly retryMs?: number;
  readonly onReport?: (report: PlaceReport) => void;
}

const longestPauseMs = 30_000;

/**
 * Brings one place up to date, always with the newest release and without regard to any other place: one that is down, slow or full
 * delays nobody else. What fails is tried again with growing pauses until it works; what was overtaken is left until our own
 * generation is greater.
 */
export class PlaceWorker {
  private wanted: Release | undefined;
  private done: Generation | undefined;
  private overtaken: Generation | undefined;
  private running: Promise<void> | undefined;
  private readonly stopping = new AbortController();
  private wake: () => void = () => {};
  private state: PlaceReport;

  constructor(private readonly settings: PlaceWorkerSettings) {
    this.state = { place: settings.place.name, failures: 0 };
  }

  get report(): PlaceReport {
    return this.state;
  }

  offer(release: Release): void {
    this.wanted = release;
    this.running ??= this.run().finally(() => {
      this.running = undefined;
      // Offered between the last look and the end.
      if (this.due() !== undefined && !this.stopping.signal.aborted) this.offer(this.due() ?? release);
    });
  }

  /** Resolves once what was offered is there, or `graceMs` are over. */
  async stop(graceMs: number): Promise<void> {
    const timer = setTimeout(() => this.end(), graceMs);
    if (this.state.failures > 0) this.end();
    await this.running;
    clearTimeout(timer);
    this.end();
    this.settings.place.close();
  }

  private end(): void {
    this.stopping.abort();
    this.wake();
  }

  private due(): Release | undefined {
    const { wanted, done, overtaken } = this;
    if (wanted === undefined) return undefined;
    const newer = (known: Generation | undefined): boolean =>
      known === undefined || compareGenerations(wanted.generation, known) > 0;
    return newer(done) && newer(overtaken) ? wanted : undefined;
  }

  private async run(): Promise<void> {
    for (let release = this.due(); release !== undefined && !this.stopping.signal.aborted; release = this.due()) {
      const { failures } = this.state;
      await this.bring(release);
      if (this.state.failures > failures) await this.pause(this.state.failures);
    }
  }

  private async bring(release: Release): Promise<void> {
    const { place, nowMs, logger, timeoutMs = 20_000 } = this.settings;
    const signal = AbortSignal.any([AbortSignal.timeout(timeoutMs), this.stopping.signal]);
    const begun = performance.now();
    try {
      const outcome = await within(place.publish(release, signal), signal, place.name);
      if (outcome.kind === 'overtaken') {
        this.overtaken = outcome.by;
        const by = generationText(outcome.by);
        logger.warn('status page: a newer page was left alone', {
          place: place.name,
          ours: generationText(release.generation),
          theirs: by,
        });
        this.tell({ place: place.name, failures: 0, overtakenBy: by });
        return;
      }
      if (this.state.failures > 0) logger.info('status page: a place is back', { place: place.name });
      this.done = release.generation;
      this.tell({
        place: place.name,
        generation: generationText(release.generation),
        publishedAt: new Date(nowMs()).toISOString(),
        tookMs: Math.round(performance.now() - begun),
        files: outcome.files,
        failures: 0,
      });
    } catch (error) {
      if (this.stopping.signal.aborted) return;
      const { code, message } = DrError.from(error);
      logger.warn('status page: a place could not be brought up to date', { place: place.name, code, reason: message });
      this.tell({ ...this.state, failures: this.state.failures + 1, problem: message });
    }
  }

  private tell(report: PlaceReport): void {
    this.state = report;
    this.settings.onReport?.(report);
  }

  private async pause(failures: number): Promise<void> {
    const { retryMs = 500 } = this.settings;
    const pauseMs = Math.min(longestPauseMs, retryMs * 2 ** Math.min(10, failures - 1));
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.wake = resolve;
      timer = setTimeout(resolve, pauseMs);
    });
    clearTimeout(timer);
  }
}

/** A place that does not heed its signal is left behind, not waited for: what it does later is fenced by its generation. */
function within<T>(work: Promise<T>, signal: AbortSignal, name: string): Promise<T> {
  return new Promise((resolve, reject) => {
    const late = (): void =>
      reject(new DrError('TIMEOUT', `the status page could not be published to ${name} in time`));
    signal.addEventListener('abort', late, { once: true });
    work
      .then(resolve, reject)
      .finally(() => signal.removeEventListener('abort', late))
      .catch(() => {});
  });
}
