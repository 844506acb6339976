import { DrError } from '@novacron/contracts';
import { pollUntil } from '../command/poll.js';
import { requireProgram } from '../command/programs.js';
import type { RunAs } from '../command/run-command.js';
import {
  type CallOptions,
  defaultTimeoutMs,
  type PostgresAccess,
  type Query,
  type Row,
  withConnection,
} from './access.js';
import { baseBackup, type BaseBackup, type BaseBackupOptions } from './base-backup.js';
import {
  closeStandby,
  closeToWrites,
  type ClosedState,
  type EpochHolder,
  openForWrites,
  promoteClosed,
  readClosedState,
  stayStandby,
} from './closed-promotion.js';
import type { ReplicationSource } from './conninfo.js';
import { type ControlData, type DataDirectory, readControlData } from './control-data.js';
import { assertStopped, becomeStandby } from './data-directory.js';
import { readWalSummaries, type WalSummaries } from './wal-summaries.js';
import {
  beat,
  type Heartbeat,
  readEpoch,
  readHeartbeat,
  readOwnRelations,
  type StoredEpoch,
  writeEpoch,
} from './fencing-table.js';
import { markEpoch } from './epoch-mark.js';
import { type LogicalDump, logicalDump, type LogicalDumpOptions } from './logical-dump.js';
import { type Lsn, walFileName } from './lsn.js';
import { type OrphanedWork } from './orphan-report.js';
import { orphanedCommits, orphanedWork } from './orphaned-commits.js';
import { type OrphanedCommit } from './parse-commits.js';
import type { ProcessControl } from './process-control.js';
import type { BranchPoint } from './ancestry.js';
import { promote, type Promotion } from './promotion.js';
import { readStatusWithLine, readTimelineHistory, type StatusWithLine } from './timeline-history.js';
import { cutWalReceiver, pointAt, readReceiverSettings, type ReceiverSettings, restoreReceiver } from './receiver.js';
import { rebuild, type RejoinSource, rewind, type Rewind, type RewindOptions } from './rejoin.js';
import { alterSystem, synchronousStandbyNames } from './settings.js';
import { createSlot, dropSlot, readSlots, type ReplicationSlot } from './slots.js';
import { type PostgresStatus, readReplicationLinks, readStatus, type ReplicationLink } from './status.js';

export interface PostgresMemberOptions extends PostgresAccess {
  /** The name in the estate: the site's, for messages. */
  readonly name: string;
  /** Where PostgreSQL's programs are (default: the newest installed). */
  readonly binDir?: string;
  /** The server's data directory, where it is on this machine. */
  readonly dataDir?: string;
  readonly control?: ProcessControl;
  /** As whom the programs that touch the data directory run, where we are root. */
  readonly runAs?: RunAs;
}

const changeTimeoutMs = 15_000;

/**
 * One PostgreSQL server of the estate. Every method opens its own connection, keeps a time limit, takes an AbortSignal, and
 * returns only after its effect was read back. Errors are DrError: UNREACHABLE and TIMEOUT (retryable), VERIFY_FAILED when an
 * effect cannot be seen, PRECONDITION_FAILED when the server is not in the state the method needs.
 */
export class PostgresMember {
  readonly name: string;

  constructor(readonly options: PostgresMemberOptions) {
    this.name = options.name;
  }

  /** Role, timeline, positions and receiver in one statement. */
  status(call: CallOptions = {}): Promise<PostgresStatus> {
    return this.#with(call, readStatus);
  }

  /** Who receives WAL from this server. */
  replicationLinks(call: CallOptions = {}): Promise<ReplicationLink[]> {
    return this.#with(call, readReplicationLinks);
  }

  /** The timelines this server's descends from, with the position where each was left. */
  timelineHistory(call: CallOptions = {}): Promise<BranchPoint[]> {
    return this.#with(call, async (query) => readTimelineHistory(query, (await readStatus(query)).timeline));
  }

  /** The same, with the line of timelines on which this server's data lie. See `descent`. */
  statusWithLine(call: CallOptions = {}): Promise<StatusWithLine> {
    return this.#with(call, readStatusWithLine);
  }

  /** Runs one statement; for checks and counts that have no method of their own. */
  query<R extends Row>(sql: string, values: readonly unknown[] = [], call: CallOptions = {}): Promise<R[]> {
    return this.#with(call, (query) => query<R>(sql, values));
  }

  /** Stops receiving WAL; returns the settings as they were, for `restoreWalReceiver`. */
  cutWalReceiver(call: CallOptions = {}): Promise<ReceiverSettings> {
    return this.#change(call, cutWalReceiver);
  }

  /** From whom this server receives WAL, as it is set now. */
  receiverSettings(call: CallOptions = {}): Promise<ReceiverSettings> {
    return this.#with(call, readReceiverSettings);
  }

  restoreWalReceiver(settings: ReceiverSettings, call: CallOptions = {}): Promise<void> {
    return this.#change(call, (query, client, wait) => restoreReceiver(query, client, settings, wait));
  }

  /** Receives from `source`; returns once WAL streams from there. */
  pointAt(source: ReplicationSource, call: CallOptions = {}): Promise<void> {
    return this.#change(call, (query, client, wait) => pointAt(query, client, source, wait));
  }

  /** Ends recovery on a new timeline; a server that is a primary already is left as it is. See `checkpoint`. */
  promote(call: CallOptions = {}): Promise<Promotion> {
    const timeoutMs = call.timeoutMs ?? 60_000;
    return this.#with({ ...call, timeoutMs }, (query) => promote(query, { timeoutMs, signal: call.signal }));
  }

  /** Closes a standby to writes ahead of its promotion. See `closeStandby`. */
  closeStandby(call: CallOptions = {}): Promise<void> {
    return this.#change(call, closeStandby);
  }

  /** Promotes into an epoch, closed to writes until `openForWrites`. See `promoteClosed`. */
  promoteClosed(holder: EpochHolder, call: CallOptions = {}): Promise<Promotion> {
    const timeoutMs = call.timeoutMs ?? 60_000;
    return this.#change({ ...call, timeoutMs }, (query, client, wait) => promoteClosed(query, client, holder, wait));
  }

  /** Lets customers write to what was promoted closed. See `openForWrites`. */
  openForWrites(holder: EpochHolder, call: CallOptions = {}): Promise<void> {
    return this.#change(call, (query, client, wait) => openForWrites(query, client, holder, wait));
  }

  /** Whether it is closed still, and whether anything was written in spite of it. */
  closedState(call: CallOptions = {}): Promise<ClosedState> {
    return this.#with(call, readClosedState);
  }

  /** Takes back what `closeStandby` and `promoteClosed` set, where the server is a standby after all. */
  stayStandby(call: CallOptions = {}): Promise<void> {
    return this.#change(call, (query, _client, wait) => stayStandby(query, wait));
  }

  /** Closes a server that nobody can stop. See `closeToWrites`. */
  closeToWrites(call: CallOptions = {}): Promise<void> {
    return this.#change(call, closeToWrites);
  }

  /** Writes a checkpoint: after a promotion only then does the control file show the new timeline, which pg_rewind needs. */
  async checkpoint(call: CallOptions = {}): Promise<void> {
    await this.#with({ timeoutMs: 300_000, ...call }, (query) => query('checkpoint'));
  }

  /** The standbys that a commit waits for (none: commits wait for nobody); `count` of them, by default all. */
  setSynchronousStandbys(
    names: readonly string[],
    quorum: { method?: 'FIRST' | 'ANY'; count?: number } = {},
    call: CallOptions = {},
  ): Promise<void> {
    const setting = synchronousStandbyNames(names, quorum);
    return this.#change(call, (query, client, wait) =>
      alterSystem(query, client, { synchronous_standby_names: setting }, wait),
    );
  }

  /** Puts `synchronous_standby_names` back to a text that `status` gave, to the letter. */
  restoreSynchronousStandbyNames(setting: string, call: CallOptions = {}): Promise<void> {
    return this.#change(call, (query, client, wait) =>
      alterSystem(query, client, { synchronous_standby_names: setting }, wait),
    );
  }

  /** Returns when everything up to `lsn` has been replayed here (or was written here). */
  async waitForReplay(lsn: Lsn, call: CallOptions = {}): Promise<void> {
    const timeoutMs = call.timeoutMs ?? 60_000;
    await this.#with({ ...call, timeoutMs }, (query) =>
      pollUntil(
        `replay of ${lsn}`,
        async () => {
          const [row] = await query<{ reached: boolean }>(
            'select coalesce(case when pg_is_in_recovery() then pg_last_wal_replay_lsn() else pg_current_wal_lsn() end >= $1::pg_lsn, false) as reached',
            [lsn],
          );
          return row?.reached || undefined;
        },
        { timeoutMs, signal: call.signal },
      ),
    );
  }

  /** The fencing check at the target: throws STALE_TOKEN when the database has seen a newer epoch. */
  writeEpoch(epoch: number, operationId: string, call: CallOptions = {}): Promise<StoredEpoch> {
    return this.#with(call, (query) => writeEpoch(query, epoch, operationId));
  }

  readEpoch(call: CallOptions = {}): Promise<StoredEpoch | undefined> {
    return this.#with(call, readEpoch);
  }

  /** Notes the epoch where it can be read while the server is stopped. See `markEpoch`. */
  markEpoch(epoch: number, call: CallOptions = {}): Promise<void> {
    return this.#with(call, (query) => markEpoch(query, epoch));
  }

  heartbeat(call: CallOptions = {}): Promise<Heartbeat> {
    return this.#with(call, beat);
  }

  readHeartbeat(call: CallOptions = {}): Promise<Heartbeat | undefined> {
    return this.#with(call, readHeartbeat);
  }

  /** The files of our own tables, as WAL names them. See `walChanges`. */
  ownRelations(call: CallOptions = {}): Promise<string[]> {
    return this.#with(call, readOwnRelations);
  }

  /**
   * Where the next record of WAL would begin; everything before it is on the server's disc when this returns. Writes a heartbeat,
   * since it is a commit that brings the disc up to date.
   */
  async flushedInsertLsn(call: CallOptions = {}): Promise<{ readonly lsn: Lsn; readonly at: string }> {
    return this.#with(call, async (query) => {
      const [row] = await query<{ lsn: Lsn; at: Date }>(
        'select pg_current_wal_insert_lsn()::text as lsn, clock_timestamp() as at',
      );
      if (row === undefined) throw new DrError('VERIFY_FAILED', 'the server did not say its WAL position');
      await beat(query);
      return { lsn: row.lsn, at: row.at.toISOString() };
    });
  }

  /** Ends the current WAL segment, so that an archive can have all of it; returns its end and its file name. */
  switchWal(call: CallOptions = {}): Promise<{ readonly lsn: Lsn; readonly walFile: string }> {
    return this.#with(call, async (query) => {
      const [row] = await query<{ lsn: Lsn; segment: string; timeline: number }>(
        `select s.lsn::text, (select setting from pg_settings where name = 'wal_segment_size') as segment,
           ('x' || substr(pg_walfile_name(s.lsn), 1, 8))::bit(32)::int as timeline from pg_switch_wal() as s(lsn)`,
      );
      if (!row) throw new DrError('VERIFY_FAILED', 'the server did not say where its WAL segment ended');
      return { lsn: row.lsn, walFile: walFileName(row.timeline, row.lsn, Number(row.segment)) };
    });
  }

  replicationSlots(call: CallOptions = {}): Promise<ReplicationSlot[]> {
    return this.#with(call, readSlots);
  }

  createReplicationSlot(name: string, call: CallOptions = {}): Promise<ReplicationSlot> {
    return this.#with(call, (query) => createSlot(query, name));
  }

  dropReplicationSlot(name: string, call: CallOptions = {}): Promise<boolean> {
    return this.#with(call, (query) => dropSlot(query, name));
  }

  /**
   * Stops the server within `budgetMs` by a fast shutdown, and by an immediate one when that does not end: a primary that
   * is cut off may wait for its standbys for ever. Returns which of them it took, once the process is gone.
   */
  async stopFast(budgetMs: number, signal?: AbortSignal): Promise<'was-stopped' | 'fast' | 'immediate'> {
    const control = this.#control();
    if (!(await control.isRunning(signal))) return 'was-stopped';
    const budget = AbortSignal.timeout(budgetMs);
    const stopped = await control.stop('fast', signal ? AbortSignal.any([budget, signal]) : budget).then(
      () => true,
      () => false,
    );
    if (signal?.aborted) throw new DrError('TIMEOUT', `stopping ${this.name} was aborted`, { cause: signal.reason });
    if (!(await control.isRunning(signal))) return stopped ? 'fast' : 'immediate';
    await control.stop('immediate', signal);
    if (await control.isRunning(signal))
      throw new DrError('VERIFY_FAILED', `${this.name} runs on after an immediate stop`);
    return 'immediate';
  }

  /** Starts the server and returns when it answers. */
  async start(call: CallOptions = {}): Promise<PostgresStatus> {
    const { timeoutMs = 60_000, signal } = call;
    await this.#control().start(signal);
    const answer = () => this.status({ signal, timeoutMs: 2_000 }).catch(() => undefined);
    return pollUntil(`answer of ${this.name}`, answer, { timeoutMs, signal, everyMs: 50 });
  }

  /** What pg_control says, whether the server runs or not. */
  controlData(signal?: AbortSignal): Promise<ControlData> {
    return readControlData(this.#dataDirectory(), signal);
  }

  /** The commits that only this stopped server has since its successor's timeline branched off. See `orphanedCommits`. */
  orphanedCommits(since: Lsn, signal?: AbortSignal): Promise<OrphanedCommit[]> {
    return orphanedCommits(this.#dataDirectory(), since, signal);
  }

  /** What those commits did, relation by relation. See `orphanedWork`. */
  orphanedWork(since: Lsn, signal?: AbortSignal): Promise<OrphanedWork> {
    return orphanedWork(this.#dataDirectory(), since, signal);
  }

  /** The names of relations by their files, as a server of the same system has them; what has none there any more is left out. */
  async relationNames(
    files: readonly { readonly tablespace: number; readonly filenode: number }[],
    call: CallOptions = {},
  ): Promise<ReadonlyMap<number, string>> {
    const sql = `select f.filenode::int8::float8 as filenode, n.nspname || '.' || c.relname as name
      from jsonb_to_recordset($1::jsonb) as f(tablespace int8, filenode int8)
      join pg_class c on c.oid = pg_filenode_relation(case f.tablespace when 1663 then 0 else f.tablespace::oid end, f.filenode::oid)
      join pg_namespace n on n.oid = c.relnamespace`;
    const rows = await this.query<{ filenode: number; name: string }>(sql, [JSON.stringify(files)], call);
    return new Map(rows.map(({ filenode, name }) => [filenode, name]));
  }

  /**
   * Lets this stopped server start as a standby of the source. For a primary that was shut down cleanly and whose every byte of
   * WAL the source has; any other needs `rewindFrom`. Throws PRECONDITION_FAILED while it runs.
   */
  async becomeStandbyOf(source: ReplicationSource): Promise<void> {
    const { dataDir, runAs } = this.#dataDirectory();
    assertStopped(dataDir);
    await becomeStandby(dataDir, source, runAs);
  }

  /** Makes this stopped former primary a standby of the source; start it afterwards. See `rewind`. */
  rewindFrom(source: RejoinSource, call: RewindOptions = {}): Promise<Rewind> {
    return rewind(this.#dataDirectory(), source, call);
  }

  /** Replaces this stopped server's data by a base backup of the source; start it afterwards. See `rebuild`. */
  rebuildFrom(source: RejoinSource & { readonly password: string }, call: CallOptions = {}): Promise<void> {
    return rebuild(this.#dataDirectory(), source, call);
  }

  /** A base backup of this server into an empty folder. See `baseBackup`. */
  baseBackup(options: BaseBackupOptions): Promise<BaseBackup> {
    return baseBackup(this.options, { binDir: this.#binDir(), ...options });
  }

  /** What the server has of summaries of its WAL, on one timeline; PostgreSQL 17 and newer. */
  walSummaries(timeline: number, call: CallOptions = {}): Promise<WalSummaries> {
    return this.#with(call, (query) => readWalSummaries(query, timeline));
  }

  /** Every database of this server, dumped one by one. See `logicalDump`. */
  logicalDump(options: Omit<LogicalDumpOptions, 'binDir'>): Promise<LogicalDump> {
    return logicalDump(this.options, { binDir: this.#binDir(), ...options });
  }

  #binDir(): string {
    return this.options.binDir ?? requireProgram('postgresBin');
  }

  #dataDirectory(): DataDirectory {
    const { dataDir, runAs } = this.options;
    if (dataDir === undefined) throw missing(this.name, 'data directory', 'dataDir');
    return { binDir: this.#binDir(), dataDir, ...(runAs === undefined ? {} : { runAs }) };
  }

  #control(): ProcessControl {
    const { control } = this.options;
    if (control === undefined) throw missing(this.name, 'way to start and stop it', 'control');
    return control;
  }

  #with<T>(call: CallOptions, work: (query: Query) => Promise<T>): Promise<T> {
    return withConnection(this.options, call, work);
  }

  #change<T>(
    call: CallOptions,
    work: (
      query: Query,
      client: Parameters<typeof alterSystem>[1],
      wait: { timeoutMs: number; signal?: AbortSignal | undefined },
    ) => Promise<T>,
  ): Promise<T> {
    const wait = { timeoutMs: call.timeoutMs ?? changeTimeoutMs, signal: call.signal };
    // The connection outlives the wait, so that the reason given is what could not be seen.
    const connection = { signal: call.signal, timeoutMs: wait.timeoutMs + defaultTimeoutMs };
    return withConnection(this.options, connection, (query, client) => work(query, client, wait));
  }
}

function missing(name: string, what: string, field: string): DrError {
  return new DrError('INVALID_CONFIG', `the estate names no ${what} for the PostgreSQL server of ${name}`, {
    hint: `give the member a ${field}`,
    details: [{ path: field, problem: 'missing' }],
  });
}
