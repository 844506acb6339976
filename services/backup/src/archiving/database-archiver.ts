import { setTimeout as sleep } from 'node:timers/promises';
import type { Epochs, Logger } from '@novacron/bus';
import { DrError } from '@novacron/contracts';
import type { ReceiveWal } from '@novacron/drivers';
import { type Lsn } from '@novacron/repository';
import type { DatabaseSource } from '../adapters/backup-sources.js';
import type { BackupStores } from '../adapters/backup-stores.js';
import { CommitMarks } from '../domain/commit-marks.js';
import { resumePoint } from '../domain/resume-point.js';
import type { ArchiveAlarms } from './archive-alarms.js';
import type { ArchiveBell } from './archive-bell.js';
import { endOrphanReceivers } from './orphan-receivers.js';
import { StoreCursor } from './store-cursor.js';
import { leastFreeBytes, removeStored } from './spool-room.js';
import { describePosition, furthest, nextToReceive, type WalSpool } from './wal-spool.js';
import { dropLeftSlots, keptWalOf, WalSource } from './wal-source.js';

export interface DatabaseArchiverOptions {
  readonly database: DatabaseSource;
  readonly stores: BackupStores;
  readonly spool: WalSpool;
  readonly epochs: Pick<Epochs, 'current'>;
  readonly logger: Logger;
  /** How soon written WAL stands in the store, milliseconds. */
  readonly everyMs: number;
  readonly alarms: ArchiveAlarms;
  /** Its ring begins a turn at once. */
  readonly bell: Pick<ArchiveBell, 'signal'>;
  /** Told after each turn. */
  readonly onTurn: (archiver: DatabaseArchiver) => Promise<void>;
}

interface Session {
  readonly source: WalSource;
  readonly epoch: number;
  readonly receiver: ReceiveWal;
  /** Where the receiver puts what it gets, and goes on from. */
  readonly folder: string;
  readonly begunMs: number;
  readonly marks: CommitMarks;
}

/** The receiver's confirmation of the last beat is looked for so often before the turn goes on without it. */
const looks = 5;
const pauseBetweenLooksMs = 20;
const leftSlotsEveryMs = 5_000;
/** A server that restarts, and a failover, take less. */
const notReceivedAfterMs = 15_000;
const farewellMs = 3_000;
const listPatienceMs = 5_000;

/**
 * Keeps the archive of one database as close behind its active server as turns are apart. The epoch record says which server
 * that is; after a promotion it goes on from the same place on the new timeline. Where the server has lost its slot, or the WAL
 * that comes next, it begins anew by itself and says what is missing. Two of these at once would do no harm to the archive (each
 * byte is written once) but fight for the slot: the lease is with the caller.
 */
export class DatabaseArchiver {
  private session: Session | undefined;
  private cursors: StoreCursor[] = [];
  private systemId: string | undefined;
  private leftSlotsAtMs = 0;
  private trouble: string | undefined;
  private beat: { readonly atMs: number; readonly seenMs: number } | undefined;
  private lastTimeline: number | undefined;
  private isWaitedFor = false;
  /** At the last look. */
  private serverAnswers = false;
  /** When a receiver last confirmed anything, or when we began to look. */
  private receivedAtMs = performance.now();

  constructor(private readonly options: DatabaseArchiverOptions) {}

  get component(): string {
    return this.options.database.settings.name;
  }

  get services(): readonly string[] {
    return this.options.database.settings.services ?? [];
  }

  get alarms(): ArchiveAlarms {
    return this.options.alarms;
  }

  /**
   * The active server's clock now, by its last beat and the time since, milliseconds since 1970; undefined before the first beat. Recovery
   * points are told by that clock: this machine's own may be wrong, or set.
   */
  get serverNowMs(): number | undefined {
    return this.beat === undefined ? undefined : this.beat.atMs + performance.now() - this.beat.seenMs;
  }

  /** One for each store, in order of preference; none before the first server was seen. */
  get storeCursors(): readonly StoreCursor[] {
    return this.cursors;
  }

  /** Why WAL is not received or not stored at the moment. */
  get problem(): string | undefined {
    return this.trouble ?? this.cursors.find(({ problem }) => problem !== undefined)?.problem;
  }

  /** Until the signal; never throws. */
  async run(signal: AbortSignal): Promise<void> {
    try {
      await this.attempt('the spool', () => endOrphanReceivers(this.options.spool.folder));
      while (!signal.aborted) {
        const begunMs = performance.now();
        // Taken before the turn: a ring in its middle is for WAL that it may have missed.
        const rung = this.options.bell.signal;
        await this.turn(signal);
        const restMs = Math.max(20, this.options.everyMs - (performance.now() - begunMs));
        await sleep(restMs, undefined, { signal: AbortSignal.any([signal, rung]) }).catch(() => undefined);
      }
    } finally {
      await this.leave();
    }
  }

  private async turn(signal: AbortSignal): Promise<void> {
    await this.attempt('the active server', () => this.follow());
    const received = await this.attempt('positions', () => this.measure());
    await this.attempt('the stores', () => this.store(received, signal, this.options.everyMs * 2));
    await this.attempt('the alarms', () => this.watch(received));
    await this.attempt('the recovery point', () => this.options.onTurn(this));
  }

  private async watch(received: Lsn | undefined): Promise<void> {
    const { alarms, spool } = this.options;
    const freeBytes = await spool.freeBytes();
    const place = this.session === undefined ? {} : { site: this.session.source.site };
    const free = `${freeBytes} bytes are free in the spool`;
    if (freeBytes >= leastFreeBytes) await alarms.over('spool-full', free, place);
    else if (!alarms.faults.includes('spool-full'))
      await alarms.found('spool-full', `${free}. ${await keptWalOf(this.session?.source)}`, place);
    if (received !== undefined) {
      this.receivedAtMs = performance.now();
      await alarms.over('not-received', 'WAL is received', place);
      await alarms.over('slot-lost', 'the replication slot keeps WAL again', place);
    } else if (performance.now() - this.receivedAtMs > notReceivedAfterMs) {
      await alarms.found('not-received', this.trouble ?? this.silence(), place);
    }
  }

  /** Why no receiver is connected, with the last words of the one that tried: they are what a human needs to know. */
  private silence(): string {
    const words = this.session?.receiver.lastError ?? '';
    return `no receiver is connected to the active server${words === '' ? '' : `; the last one said: ${words}`}`;
  }

  /** Receives from the server that the epoch record names, and from no other. */
  private async follow(): Promise<void> {
    const epoch = await this.options.epochs.current();
    if (epoch === undefined) return;
    const { session } = this;
    if (session !== undefined && (session.epoch !== epoch.epoch || (await this.isStranded(session))))
      await this.endSession();
    if (this.session === undefined) await this.beginSession(epoch.site, epoch.epoch);
    if (this.session === undefined || performance.now() < this.leftSlotsAtMs) return;
    this.leftSlotsAtMs = performance.now() + leftSlotsEveryMs;
    const sites = await dropLeftSlots(this.options.database, epoch.site);
    if (sites.length > 0) this.options.logger.info('replication slots left behind are dropped', { sites });
  }

  /** Whether a receiver that gets nothing never will: pg_receivewal asks for the same WAL each time it is started. */
  private async isStranded({ source, folder, begunMs }: Session): Promise<boolean> {
    // Not before it was told, with the last words of the receiver.
    const isQuiet = this.options.alarms.faults.includes('not-received');
    if (!isQuiet || !this.serverAnswers || performance.now() - begunMs <= notReceivedAfterMs) return false;
    const reason = await source.whyNotFrom(await nextToReceive(folder));
    if (reason === undefined) return false;
    const fields = { component: this.component, site: source.site, reason };
    this.options.logger.warn('receiving WAL cannot go on from where it ended, and begins anew', fields);
    return true;
  }

  private async beginSession(site: string, epoch: number): Promise<void> {
    const { database, logger, spool } = this.options;
    const source = await WalSource.open(database, site);
    if (source === undefined) return;
    this.openCursors(source.systemId);
    const { alarms } = this.options;
    if (!(await source.makeSlot()))
      await alarms.found('slot-lost', 'the replication slot had lost WAL and was made anew', { site });
    if (this.lastTimeline !== undefined && this.lastTimeline !== source.timeline) {
      const reason = `${site} writes timeline ${source.timeline}, after timeline ${this.lastTimeline}`;
      await alarms.happened('timeline-switched', reason, { site, timeline: source.timeline });
    }
    this.lastTimeline = source.timeline;
    const folder = await this.folderFor(source, epoch);
    const receiver = source.receiver(folder, (message) =>
      logger.debug('pg_receivewal', { component: this.component, site, text: message }),
    );
    receiver.start();
    this.session = { source, epoch, receiver, folder, begunMs: performance.now(), marks: new CommitMarks() };
    logger.info('WAL is received', {
      component: this.component,
      site,
      epoch,
      timeline: source.timeline,
      slot: 'dr_archive',
    });
    await spool.removeEmptyRuns();
  }

  /** A new folder for the receiver, which makes it begin where what we hold of this server's past ends. */
  private async folderFor(source: WalSource, epoch: number): Promise<string> {
    const { spool, alarms } = this.options;
    // A store that fails cannot say what it holds; the spool and the others can.
    const sound = this.cursors.filter(({ problem }) => problem === undefined);
    await Promise.race([
      Promise.all(sound.map((cursor) => cursor.load().catch(() => undefined))),
      sleep(listPatienceMs, undefined, { ref: false }),
    ]);
    const { segments } = await spool.view(undefined);
    const held = [...furthest(segments), ...this.cursors.flatMap((cursor) => cursor.positions() ?? [])];
    const from = resumePoint(source, held, this.cursors[0]?.segmentSizeBytes ?? 0);
    if (from !== undefined && (await source.canSendFrom(from))) return spool.newRun(epoch, from);
    if (held.length > 0) {
      const positions = held.map(describePosition).join(', ');
      const reason = `the server has no WAL any more that follows ${positions}: only a full backup closes the gap`;
      await alarms.found('gap', reason, { site: source.site, timeline: source.timeline });
    }
    return spool.newRun(epoch, undefined);
  }

  private openCursors(systemId: string): void {
    if (this.systemId === systemId) return;
    const { stores, spool, logger } = this.options;
    this.systemId = systemId;
    this.cursors = stores.order.map(
      (store) =>
        new StoreCursor({
          archive: stores.repository.wal(store, systemId),
          spool,
          logger,
          markAt: ({ timeline, lsn }) =>
            timeline === this.session?.source.timeline ? this.session.marks.upTo(lsn) : undefined,
          prepare: () => stores.repository.learnKeys(store),
          fillFromOthers: () => this.fill(store, systemId),
        }),
    );
  }

  private async fill(store: string, systemId: string): Promise<void> {
    const { stores, logger } = this.options;
    for (const other of this.cursors.filter((cursor) => cursor.store !== store && cursor.problem === undefined)) {
      if ((await stores.problemOf(other.store)) !== undefined) continue;
      const { copiedObjects } = await stores.repository.replicateWal(systemId, { from: other.store, to: store });
      if (copiedObjects > 0)
        logger.info('archived WAL was copied', {
          from: other.store,
          to: store,
          objects: copiedObjects,
        });
    }
  }

  /** Up to where the receiver has confirmed; undefined when the source does not say. */
  private async measure(): Promise<Lsn | undefined> {
    const session = this.session;
    this.serverAnswers = false;
    if (session === undefined) return undefined;
    const { at, flushedLsn, receivedLsn, isSynchronous } = await session.source.position();
    this.serverAnswers = true;
    this.warnOfWaiting(isSynchronous, session.source.site);
    if (at !== undefined) {
      session.marks.add({ at, lsn: flushedLsn });
      this.beat = { atMs: at.getTime(), seenMs: performance.now() };
    }
    let received = receivedLsn;
    for (let look = 0; look < looks && received !== undefined && received < flushedLsn; look += 1) {
      await sleep(pauseBetweenLooksMs);
      received = await session.source.received();
    }
    return received;
  }

  /** Told once for as long as it is so: a receiver can replay nothing and take nothing over. */
  private warnOfWaiting(isSynchronous: boolean, site: string): void {
    if (isSynchronous && !this.isWaitedFor) {
      const hint = 'name the standbys in synchronous_standby_names in place of *; with remote_apply commits would hang';
      const fields = { component: this.component, site, hint };
      this.options.logger.warn(
        'commits wait for the WAL archive: its receiver counts as a synchronous standby',
        fields,
      );
    }
    this.isWaitedFor = isSynchronous;
  }

  private async store(received: Lsn | undefined, signal: AbortSignal, patienceMs: number): Promise<void> {
    const view = await this.options.spool.view(received);
    const turns = this.cursors.map((cursor) => ({
      failing: cursor.problem !== undefined,
      done: cursor.advance(view, signal),
    }));
    // A store that has been failing is not waited for: it must not make the others late.
    const all = Promise.all(turns.filter(({ failing }) => !failing).map(({ done }) => done));
    await Promise.race([all, sleep(patienceMs, undefined, { ref: false })]);
    await removeStored(this.options.spool, view, this.cursors);
  }

  private async endSession(): Promise<void> {
    const session = this.session;
    this.session = undefined;
    await session?.receiver.stop();
    if (session !== undefined) {
      const { source, epoch } = session;
      this.options.logger.info('WAL is no longer received', { component: this.component, site: source.site, epoch });
    }
  }

  /** What was received and is not stored yet is stored, as far as there is time; the rest waits in the spool. */
  private async leave(): Promise<void> {
    await this.attempt('the receiver', () => this.session?.receiver.stop() ?? Promise.resolve());
    await this.attempt('the stores', () => this.store(undefined, AbortSignal.timeout(farewellMs), farewellMs));
    this.session = undefined;
  }

  private async attempt<T>(what: string, work: () => Promise<T>): Promise<T | undefined> {
    try {
      const result = await work();
      if (this.trouble?.startsWith(`${what}: `) === true) this.trouble = undefined;
      return result;
    } catch (error) {
      const { code, message } = DrError.from(error);
      const trouble = `${what}: ${message}`;
      if (this.trouble !== trouble) {
        this.options.logger.warn('WAL archiving has trouble', {
          component: this.component,
          what,
          code,
          reason: message,
        });
      }
      this.trouble = trouble;
      return undefined;
    }
  }
}
