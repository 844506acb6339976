import { Injectable } from '@nestjs/common';
import { Epochs } from '@novacron/bus';
import { type Delivered, DrError, type FailoverCompleted, type RestorationCompleted } from '@novacron/contracts';
import { JsonLogger } from '@novacron/service';
import { BackupOperations } from './backup-operations.js';
import { BeginBackup } from './begin-backup.js';

/** How long a backup that runs is waited for; less than an event may be held. */
const patienceMs = 10 * 60_000;

/**
 * A new full backup after every promotion: recovery on the new timeline must not depend on a copy from before it, and an
 * incremental one across a promotion is unsound (PostgreSQL commit f549ecd2). One for each epoch, however many events tell of it.
 */
@Injectable()
export class FullAfterPromotion {
  constructor(
    private readonly operations: BackupOperations,
    private readonly backups: BeginBackup,
    private readonly epochs: Epochs,
    private readonly logger: JsonLogger,
  ) {}

  /** Safe to repeat. @throws DrError when no backup could be begun; the event comes again. */
  async onPromotion(event: Delivered<FailoverCompleted | RestorationCompleted>): Promise<void> {
    const { epoch, toSite } = event.data;
    const deadline = performance.now() + patienceMs;
    for (;;) {
      const current = await this.epochs.current();
      if (current?.epoch !== epoch) {
        this.logger.info('no backup of an epoch that is over', { epoch, current: current?.epoch });
        return;
      }
      try {
        const backupId = await this.backups.begin({
          reason: `epoch ${epoch} began on ${toSite}`,
          cause: { name: `epoch-${epoch}`, at: new Date(current.at) },
          causedBy: event,
        });
        this.logger.info('full backup after a promotion', { backup: backupId, epoch, site: toSite });
        return;
      } catch (error) {
        if (DrError.from(error).code !== 'OPERATION_RUNNING') throw error;
        await this.operations.idle(Math.max(1, deadline - performance.now()));
      }
    }
  }
}
