import { Injectable } from '@nestjs/common';
import type { Epoch } from '@novacron/bus';
import type { RedundancyRecord } from '../domain/replication/redundancy.js';
import type { ReplicationRecord } from '../domain/replication/replication-record.js';
import { StateStore, type Stored } from './state-store.js';

const redundancy = 'redundancy';

/** What is remembered of the active site's replication, for the day on which it cannot be asked any more. */
@Injectable()
export class ReplicationMemory {
  constructor(private readonly store: StateStore) {}

  read(database: string): Promise<Stored<ReplicationRecord>> {
    return this.store.read<ReplicationRecord>(nameOf(database));
  }

  /** Of one epoch: what an earlier primary promised says nothing of this one. */
  async of(database: string, epoch: Epoch): Promise<ReplicationRecord | undefined> {
    const { value } = await this.read(database);
    return value?.epoch === epoch.epoch && value.site === epoch.site ? value : undefined;
  }

  write(database: string, record: ReplicationRecord, seen: Stored<ReplicationRecord>): Promise<boolean> {
    return this.store.write(nameOf(database), record, seen);
  }

  readRedundancy(): Promise<Stored<RedundancyRecord>> {
    return this.store.read<RedundancyRecord>(redundancy);
  }

  writeRedundancy(record: RedundancyRecord, seen: Stored<RedundancyRecord>): Promise<boolean> {
    return this.store.write(redundancy, record, seen);
  }
}

function nameOf(database: string): string {
  return `replication.${database}`;
}
