import type { Epoch, Epochs } from '@novacron/bus';
import { DrError } from '@novacron/contracts';
import type { RestorationTargets } from './restoration-targets.js';

const lookTimeoutMs = 1_500;

interface Planned {
  readonly epoch: number;
  readonly from: string;
}

/** The eye that an operation keeps on the estate: who takes writes, and which epoch it is. */
export class EstateWatch {
  constructor(
    private readonly targets: RestorationTargets,
    private readonly epochs: Pick<Epochs, 'current'>,
  ) {}

  /** By database, the sites whose servers answer and take writes. A site that does not answer says nothing. */
  async writableSites(signal?: AbortSignal): Promise<ReadonlyMap<string, readonly string[]>> {
    const asked = this.targets.databases.map(async ({ settings, members }) => {
      const sites = [...members.values()].map(async (member) => {
        const status = await member.status({ signal, timeoutMs: lookTimeoutMs }).catch(() => undefined);
        return status?.inRecovery === false ? [member.name] : [];
      });
      return [settings.name, (await Promise.all(sites)).flat()] as const;
    });
    return new Map(await Promise.all(asked));
  }

  /** @throws DrError PRECONDITION_FAILED, never retryable, when a database takes writes on two sites: a split brain. */
  async assertOnePrimary(signal?: AbortSignal): Promise<void> {
    const split = [...(await this.writableSites(signal))].filter(([, sites]) => sites.length > 1);
    signal?.throwIfAborted();
    if (split.length === 0) return;
    throw new DrError('PRECONDITION_FAILED', 'a database takes writes on two sites', {
      hint: 'stop the one that the epoch does not name at once, then look at both',
      details: split.map(([path, sites]) => ({ path, problem: `writable on ${sites.join(' and ')}` })),
    });
  }

  /** Whether service is still where it was when the operation was planned. */
  async isWherePlanned(planned: Planned): Promise<boolean> {
    return isPlanned(await this.epochs.current(), planned);
  }

  /** @throws DrError EPOCH_MISMATCH when the estate has moved since the operation was planned. */
  async assertEpoch(planned: Planned): Promise<void> {
    const now = await this.epochs.current();
    if (isPlanned(now, planned)) return;
    throw new DrError(
      'EPOCH_MISMATCH',
      `the estate has moved on since this was planned, to ${now?.site ?? 'nowhere'}`,
      {
        hint: 'look at query.failover.status, then start the restoration again',
      },
    );
  }
}

function isPlanned(now: Epoch | undefined, { epoch, from }: Planned): boolean {
  return now?.epoch === epoch && now.site === from;
}
