import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { DrError, type Schedule } from '@novacron/contracts';
import { JsonLogger, LoadedEstate } from '@novacron/service';
import { BackupOperations } from './backup-operations.js';
import { BeginBackup } from './begin-backup.js';
import { nextRun } from './domain/next-run.js';

/** A clock that is set is noticed within so long. */
const lookEveryMs = 60_000;
/** How long a backup that runs already is waited for before this run of the schedule is given up. */
const patienceMs = 30 * 60_000;

/** Begins the full backups that the estate schedules. Every process does: each due time begins one backup, whoever comes first. */
@Injectable()
export class BackupSchedules implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly stopping = new AbortController();
  private working: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly loaded: LoadedEstate,
    private readonly backups: BeginBackup,
    private readonly operations: BackupOperations,
    private readonly logger: JsonLogger,
  ) {}

  /** @throws DrError INVALID_ESTATE naming a schedule whose times cannot be read. */
  onApplicationBootstrap(): void {
    const schedules = this.loaded.estate.backup.schedules ?? [];
    for (const schedule of schedules) nextRun(schedule, new Date());
    for (const { name, kind } of schedules.filter((schedule) => schedule.kind !== 'full'))
      this.logger.warn('a schedule is not carried out: this version schedules full backups', { schedule: name, kind });
    const full = schedules.filter(({ kind }) => kind === 'full');
    this.working = Promise.all(full.map(async (schedule) => this.keep(schedule)));
  }

  async onModuleDestroy(): Promise<void> {
    this.stopping.abort();
    await this.working;
  }

  private async keep(schedule: Schedule): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      const due = nextRun(schedule, new Date());
      for (let leftMs = 1; leftMs > 0 && !signal.aborted; leftMs = due.getTime() - Date.now()) {
        const restMs = Math.max(1, Math.min(lookEveryMs, due.getTime() - Date.now()));
        await sleep(restMs, undefined, { signal }).catch(() => undefined);
      }
      if (!signal.aborted) await this.run(schedule, due);
    }
  }

  private async run({ name, components }: Schedule, due: Date): Promise<void> {
    const deadline = performance.now() + patienceMs;
    try {
      for (;;) {
        try {
          const cause = { name: `schedule-${name}-${due.toISOString()}`, at: due };
          const reason = `schedule ${name}`;
          const backup = await this.backups.begin({
            reason,
            cause,
            ...(components === undefined ? {} : { components }),
          });
          this.logger.info('scheduled backup', { schedule: name, due: due.toISOString(), backup });
          return;
        } catch (error) {
          if (DrError.from(error).code !== 'OPERATION_RUNNING') throw error;
          await this.operations.idle(Math.max(1, deadline - performance.now()));
        }
      }
    } catch (error) {
      const { code, message } = DrError.from(error);
      this.logger.error('scheduled backup was not begun', {
        schedule: name,
        due: due.toISOString(),
        code,
        reason: message,
      });
    }
  }
}
