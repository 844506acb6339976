import { randomBytes } from 'node:crypto';
import { DrError } from '@novacron/contracts';
import { type PostgresMember, type PostgresStatus, requireProgram, ReceiveWal } from '@novacron/drivers';
import { defaultSegmentSizeBytes, formatLsn, type Lsn, parseLsn, segmentName } from '@novacron/repository';
import type { DatabaseSource } from '../adapters/backup-sources.js';
import type { Branch, ResumePoint } from '../domain/resume-point.js';
import { beginPastBorder } from './past-border.js';

/** The physical slot on the active server: it keeps the WAL that was not received yet. */
export const archiveSlot = 'dr_archive';

const callTimeoutMs = 3_000;
const call = { timeoutMs: callTimeoutMs };

export interface SourcePosition {
  /** What the receiver has confirmed to have on disc; undefined while it is not connected. */
  readonly receivedLsn: Lsn | undefined;
  /** Every transaction that committed until then, by the source's clock, ends before `flushedLsn`. */
  readonly at: Date | undefined;
  readonly flushedLsn: Lsn;
  /** The server's commits wait for our receiver. */
  readonly isSynchronous: boolean;
}

interface Positions extends Record<string, unknown> {
  readonly flushed: string;
  /** Null, as the next, while our receiver is not connected. */
  readonly received: string | null;
  readonly synchronous: boolean | null;
}

/** The active server of a database, as the archiver sees it. */
export class WalSource {
  /** The server knows our receiver by it: whoever else holds the slot has confirmed what we may not have. */
  private readonly receiverName = `novacron-dr-wal-${randomBytes(4).toString('hex')}`;

  private constructor(
    private readonly database: DatabaseSource,
    private readonly member: PostgresMember,
    readonly systemId: string,
    readonly timeline: number,
    readonly branches: readonly Branch[],
  ) {}

  get site(): string {
    return this.member.name;
  }

  /**
   * The server of a site, once it takes writes; undefined while it is a standby.
   * @throws DrError UNREACHABLE, TIMEOUT, UNSUPPORTED_SERVER for an unusual size of WAL segments.
   */
  static async open(database: DatabaseSource, site: string): Promise<WalSource | undefined> {
    const member = database.members.get(site);
    if (member === undefined) return undefined;
    const status: PostgresStatus = await member.status(call);
    if (status.inRecovery) return undefined;
    const [row] = await member.query<{ bytes: number }>(
      `select setting::int as bytes from pg_settings where name = 'wal_segment_size'`,
      [],
      call,
    );
    if (row?.bytes !== defaultSegmentSizeBytes) {
      throw new DrError('UNSUPPORTED_SERVER', `${site} has WAL segments of ${row?.bytes ?? 0} bytes`, {
        hint: 'the WAL of servers with segments of 16 MiB is archived',
      });
    }
    const history = await member.timelineHistory(call);
    const branches = history.map(({ timeline, switchLsn }) => ({ timeline, switchLsn: parseLsn(switchLsn) }));
    return new WalSource(database, member, status.systemIdentifier, status.timeline, branches);
  }

  /** Whether the server can send from a segment on: it has it still, under whichever timeline, or has not begun it yet. */
  async canSendFrom({ timeline, number }: ResumePoint): Promise<boolean> {
    const name = segmentName({ timeline, number }, defaultSegmentSizeBytes).slice(8);
    const start = formatLsn(number * BigInt(defaultSegmentSizeBytes));
    const [row] = await this.member.query<{ possible: boolean }>(
      `select exists (select from pg_ls_waldir() where name ~ '^[0-9A-F]{24}$' and substr(name, 9) = $1)
         or pg_current_wal_flush_lsn() <= $2::pg_lsn as possible`,
      [name, start],
      call,
    );
    return row?.possible ?? false;
  }

  /** Why no receiver can begin there by our slot, in words; undefined where one can. Without a point it begins where the slot stands. */
  async whyNotFrom(point: ResumePoint | undefined): Promise<string | undefined> {
    const slot = (await this.member.replicationSlots(call)).find(({ name }) => name === archiveSlot);
    if (slot === undefined) return 'the replication slot is gone';
    if (slot.walStatus === 'lost') return 'the replication slot has lost WAL';
    if (point === undefined || (await this.canSendFrom(point))) return undefined;
    return `the server has no WAL any more from ${segmentName(point, defaultSegmentSizeBytes)} on`;
  }

  /** Makes the slot; one that has lost its WAL is made anew. True when it keeps all WAL since it was made. */
  async makeSlot(): Promise<boolean> {
    const slot = await this.member.createReplicationSlot(archiveSlot, call);
    if (slot.walStatus !== 'lost') return true;
    await this.member.dropReplicationSlot(archiveSlot, call);
    await this.member.createReplicationSlot(archiveSlot, call);
    return false;
  }

  receiver(folder: string, onMessage: (message: string) => void): ReceiveWal {
    const { host, port } = this.member.options;
    return new ReceiveWal({
      ...{ host, port, ...this.database.replication, slot: archiveSlot, spoolDir: folder, onMessage },
      applicationName: this.receiverName,
      binDir: this.member.options.binDir ?? requireProgram('postgresBin'),
      prepare: () => {
        const begun = beginPastBorder(folder, this);
        return begun === undefined ? undefined : `${begun} is begun: the timeline before was left where it begins`;
      },
    });
  }

  /**
   * One beat, and then the positions. The beat is a commit later than the time we claim, so that a recovery to that time finds a
   * commit to stop at; without a beat no time is claimed.
   */
  async position(): Promise<SourcePosition> {
    const beat = await this.member.heartbeat(call).catch(() => undefined);
    const { flushed, received, synchronous } = await this.readPositions();
    return {
      isSynchronous: synchronous === true,
      at: beat === undefined ? undefined : new Date(beat.at),
      flushedLsn: parseLsn(flushed),
      receivedLsn: received === null ? undefined : parseLsn(received),
    };
  }

  /** What the receiver has confirmed by now. */
  async received(): Promise<Lsn | undefined> {
    const { received } = await this.readPositions();
    return received === null ? undefined : parseLsn(received);
  }

  /** What the slot makes the server keep, and up to which of its settings. */
  async keptWal(): Promise<{ readonly bytes: number; readonly limit: string } | undefined> {
    const [row] = await this.member.query<{ bytes: number; limit: string }>(
      `select pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn)::float8 as bytes,
         current_setting('max_slot_wal_keep_size') as limit from pg_replication_slots where slot_name = $1`,
      [archiveSlot],
      call,
    );
    return row;
  }

  private async readPositions(): Promise<Positions> {
    const [row] = await this.member.query<Positions>(
      `select pg_current_wal_flush_lsn()::text as flushed, own.flush_lsn::text as received,
         own.sync_state in ('sync', 'quorum') as synchronous
       from (select) always left join lateral (
         select r.flush_lsn, r.sync_state from pg_stat_replication r
           join pg_replication_slots s on s.active_pid = r.pid
           where s.slot_name = $1 and r.application_name = $2) own on true`,
      [archiveSlot, this.receiverName],
      call,
    );
    if (row === undefined) throw new DrError('VERIFY_FAILED', `${this.site} did not say its WAL position`);
    return row;
  }
}

/**
 * Drops the slot on every server but the active one: left behind, it would keep WAL until the disc is full. A server that
 * does not answer is asked again later.
 */
export async function dropLeftSlots(database: DatabaseSource, active: string): Promise<string[]> {
  const others = [...database.members.values()].filter(({ name }) => name !== active);
  const dropped = others.map(async (member) => {
    try {
      const slots = await member.replicationSlots(call);
      const left = slots.find(({ name, active: inUse }) => name === archiveSlot && !inUse);
      return left !== undefined && (await member.dropReplicationSlot(archiveSlot, call)) ? [member.name] : [];
    } catch {
      return [];
    }
  });
  return (await Promise.all(dropped)).flat();
}

/** What a server does with WAL that is not received, in words. Never throws: it goes with an alarm. */
export async function keptWalOf(source: WalSource | undefined): Promise<string> {
  const kept = await source?.keptWal().catch(() => undefined);
  if (kept === undefined) return 'What is not received waits on the disc of the active server.';
  const until = kept.limit === '-1' ? 'without limit' : `up to ${kept.limit} (max_slot_wal_keep_size)`;
  return `What is not received waits on the disc of the active server, ${until}: ${kept.bytes} bytes now.`;
}
