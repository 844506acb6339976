import { Injectable } from '@nestjs/common';
import type { Epoch } from '@novacron/bus';
import { type Loss, lossAt, worstOf } from '../domain/replication/wal-samples.js';
import { lookEveryMs } from '../replication/look-every.js';
import { FailoverTargets } from './failover-targets.js';
import { ReplicationMemory } from './replication-memory.js';

const callTimeoutMs = 1_000;

/** What would be lost if a site were promoted now. */
@Injectable()
export class LossEstimates {
  constructor(
    private readonly targets: FailoverTargets,
    private readonly memory: ReplicationMemory,
  ) {}

  /** Undefined where nobody knows: the site does not answer, or nothing is remembered of this epoch's primary. */
  async of(site: string | undefined, epoch: Epoch): Promise<Loss | undefined> {
    if (site === undefined) return undefined;
    const losses = await Promise.all(
      this.targets.databases.map(async ({ settings, members }): Promise<Loss | undefined> => {
        const record = await this.memory.of(settings.name, epoch);
        if (record?.synchronous.includes(site) === true) return { ms: 0, bytes: 0, rows: 0 };
        const status = await members
          .get(site)
          ?.status({ timeoutMs: callTimeoutMs })
          .catch(() => undefined);
        const position = status?.position ?? undefined;
        if (record === undefined || position === undefined) return undefined;
        return lossAt(record.samples, position, {
          intervalMs: lookEveryMs,
          aliveUntilMs: record.unansweredSinceMs ?? Date.now(),
        });
      }),
    );
    const known = losses.filter((loss) => loss !== undefined);
    return known.length < losses.length ? undefined : worstOf(known);
  }
}
