import { Injectable } from '@nestjs/common';
import { type Delivered, DrError, type RecoveryCompleted } from '@novacron/contracts';
import { JsonLogger } from '@novacron/service';
import { BackupStores } from './adapters/backup-stores.js';
import { within } from './adapters/within.js';

const storeTimeoutMs = 10_000;

/** Writes down in the catalog of each store that holds it that a backup was restored: more cannot be said of one. */
@Injectable()
export class ProvedRestores {
  constructor(
    private readonly stores: BackupStores,
    private readonly logger: JsonLogger,
  ) {}

  /** Safe to repeat: the mark bears the event's time. */
  async onRecovery({ data, time }: Delivered<RecoveryCompleted>): Promise<void> {
    const { backupId, operationId, durationMs } = data;
    if (backupId === undefined) return;
    const at = new Date(time);
    for (const store of this.stores.order) {
      const fact = { mark: 'restored', store, operationId, durationMs } as const;
      try {
        await within(`store ${store}`, storeTimeoutMs, this.stores.repository.catalog(store).mark(backupId, fact, at));
      } catch (error) {
        // A store that is away, or does not hold this backup: the mark in another is evidence enough.
        this.logger.info('restore not marked', { store, backup: backupId, reason: DrError.from(error).message });
      }
    }
  }
}
