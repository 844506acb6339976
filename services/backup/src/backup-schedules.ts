import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { Bus } from '@novacron/bus';
import { DrError, durationMs, RepositoryUpkeepFailed, type Schedule } from '@novacron/contracts';
import { JsonLogger, LoadedEstate } from '@novacron/service';
import { BackupOperations } from './backup-operations.js';
import { BeginBackup } from './begin-backup.js';
import { outsideBlackouts } from './domain/blackouts.js';
import { jitterMs } from './domain/jitter.js';
import { nextRun } from './domain/next-run.js';
import { scheduledComponents } from './domain/scheduled-components.js';
import { BeginDrill } from './restore-drill/begin-drill.js';
import { BeginUpkeep } from './upkeep/begin-upkeep.js';

/** A clock that is set is noticed within so long. */
const lookEveryMs = 5_000;
/** Set back by less, a clock is not worth a word: what came due meanwhile has begun. */
const smallestStepMs = 1_000;
/** How long a backup that runs already is waited for before this run of the schedule is given up. */
const patienceMs = 30 * 60_000;

/** Begins what the estate schedules. Every process does: each due time begins one operation, whoever comes first. */
@Injectable()
export class BackupSchedules implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly stopping = new AbortController();
  private working: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly bus: Bus,
    private readonly loaded: LoadedEstate,
    private readonly backups: BeginBackup,
    private readonly operations: BackupOperations,
    private readonly upkeep: BeginUpkeep,
    private readonly drills: BeginDrill,
    private readonly logger: JsonLogger,
  ) {}

  /** @throws DrError INVALID_ESTATE naming a schedule whose times cannot be read, or that never may begin. */
  onApplicationBootstrap(): void {
    const { schedules = [] } = this.loaded.estate.backup;
    for (const schedule of schedules) this.beginsAt(schedule, nextRun(schedule, new Date()));
    this.working = Promise.all(schedules.map(async (schedule) => this.keep(schedule)));
  }

  async onModuleDestroy(): Promise<void> {
    this.stopping.abort();
    await this.working;
  }

  private async keep(schedule: Schedule): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      // What came due in a blackout, or while a run waited, is made up by that one run. Where the clock was set back, times that have
      // been may come again: they begin nothing new, since each begins one operation.
      const due = nextRun(schedule, new Date());
      const came = await this.until(this.beginsAt(schedule, due));
      if (came) await this.run(schedule, due);
    }
  }

  /** False when it ended sooner: the service stops, or the clock was set back, and what is due next is another time. */
  private async until(begins: Date): Promise<boolean> {
    const { signal } = this.stopping;
    for (let beforeMs = Date.now(); Date.now() < begins.getTime(); beforeMs = Date.now()) {
      const restMs = Math.max(1, Math.min(lookEveryMs, begins.getTime() - Date.now()));
      await sleep(restMs, undefined, { signal }).catch(() => undefined);
      if (signal.aborted || Date.now() < beforeMs - smallestStepMs) return false;
    }
    return !signal.aborted;
  }

  private beginsAt(schedule: Schedule, due: Date): Date {
    const { blackouts = [] } = this.loaded.estate.backup;
    const mostMs = schedule.jitter === undefined ? 0 : durationMs(schedule.jitter);
    const begins = outsideBlackouts(new Date(due.getTime() + jitterMs(schedule.name, due, mostMs)), blackouts);
    if (begins !== undefined) return begins;
    throw new DrError('INVALID_ESTATE', `backup schedule ${schedule.name} may never begin: blackouts leave no gap`, {
      hint: 'shorten the windows of backup.blackouts',
    });
  }

  private async run(schedule: Schedule, due: Date): Promise<void> {
    const { name, kind } = schedule;
    const deadline = performance.now() + patienceMs;
    const fields = { schedule: name, kind, due: due.toISOString() };
    try {
      for (;;) {
        try {
          const operation = await this.begin(schedule, due);
          this.logger.info('scheduled work has begun', { ...fields, operation });
          return;
        } catch (error) {
          if (DrError.from(error).code !== 'OPERATION_RUNNING') throw error;
          await this.operations.idle(Math.max(1, deadline - performance.now()));
          if (performance.now() > deadline) throw error;
        }
      }
    } catch (error) {
      const { code, message } = DrError.from(error);
      this.logger.error('scheduled work was not begun', { ...fields, code, reason: message });
      await this.sayNotBegun(schedule, due, { code, message });
    }
  }

  /** Nobody waits for an answer here: those on duty hear of it in its place. Of several processes one is heard. */
  private async sayNotBegun(
    { name, kind }: Schedule,
    due: Date,
    { code, message }: { readonly code: string; readonly message: string },
  ): Promise<void> {
    const operationId = `schedule-${name}`;
    const reason = `schedule ${name}, due ${due.toISOString()}: ${message}`.slice(0, 4_000);
    const event = new RepositoryUpkeepFailed({ operationId, task: kind, step: 'begin', reason, code });
    await this.bus.publish(event, { id: `${operationId}:${due.toISOString()}:not-begun` }).catch((error: unknown) => {
      this.logger.warn('that scheduled work was not begun could not be told', {
        schedule: name,
        reason: String(error),
      });
    });
  }

  private async begin(schedule: Schedule, due: Date): Promise<string> {
    const { name, kind, form } = schedule;
    const cause = `schedule-${name}-${due.toISOString()}`;
    const reason = `schedule ${name}`;
    if (kind === 'verify') return this.upkeep.verify({ reason, cause });
    if (kind === 'prune') return this.upkeep.prune({ reason, cause });
    const components = scheduledComponents(schedule, this.loaded.estate);
    if (kind === 'restore-drill') {
      const [component] = components ?? [];
      return this.drills.begin({ reason, cause, ...(component === undefined ? {} : { component }) });
    }
    return this.backups.begin({
      ...{ kind, reason, cause: { name: cause, at: due }, orFull: true },
      ...(form === undefined ? {} : { form }),
      ...(components === undefined ? {} : { components }),
    });
  }
}
