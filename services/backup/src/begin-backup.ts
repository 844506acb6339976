import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Epochs } from '@novacron/bus';
import { type BackupForm, type BackupKind, type Delivered, DrError } from '@novacron/contracts';
import {
  blockIncrementsSince,
  requireProgram,
  requireToolsFor,
  summariesMissing,
  toolsMajor,
  type WalSummaries,
} from '@novacron/drivers';
import { backupIdAt } from '@novacron/repository';
import { LoadedEstate } from '@novacron/service';
import { BackupSources, type DatabaseSource, memberOn } from './adapters/backup-sources.js';
import { BackupStores } from './adapters/backup-stores.js';
import { BackupOperations } from './backup-operations.js';
import type { BackupParams } from './domain/backup-params.js';
import { type Increment, incrementBase, type PresentServer } from './domain/increment-base.js';
import { runbookOf } from './runbooks.js';

export interface BackupRequest {
  readonly kind?: BackupKind;
  readonly form?: BackupForm;
  /** Takes a full backup where there is none that an incremental one could build on. */
  readonly orFull?: boolean;
  /** All that the estate backs up unless given. */
  readonly components?: readonly string[];
  readonly reason: string;
  /** One cause begins one backup, however many processes act on it; its time makes the backup's id. */
  readonly cause?: { readonly name: string; readonly at: Date };
  readonly causedBy?: Delivered;
}

/** How many ids are tried when others begin backups within the same seconds. */
const idsToTry = 10;
/** Less than who asks for a backup waits. */
const answerTimeoutMs = 1_500;

/** What is asked for, turned into an operation, or refused before anything starts. */
@Injectable()
export class BeginBackup {
  constructor(
    private readonly operations: BackupOperations,
    private readonly epochs: Epochs,
    private readonly sources: BackupSources,
    private readonly stores: BackupStores,
    private readonly loaded: LoadedEstate,
  ) {}

  /**
   * Resolved once the backup's first record is stored; its id is also the operation's.
   * @throws DrError NOT_FOUND for a component that the estate does not have, PRECONDITION_FAILED for an incremental one that nothing
   * can be built on,
   * CONFLICT before the first epoch, UNREACHABLE when no store answers, PROGRAM_MISSING for a server
   * that is newer than the programs here, OPERATION_RUNNING naming the backup that runs.
   */
  async begin(request: BackupRequest): Promise<string> {
    const { cause, causedBy } = request;
    const params = await this.paramsFor(request).catch((error: unknown) => {
      const { code, message } = DrError.from(error);
      if (request.orFull !== true || code !== 'PRECONDITION_FAILED') throw error;
      return this.paramsFor({ ...request, kind: 'full', reason: `${request.reason}: full, as ${message}` });
    });
    const fromMs = cause?.at.getTime() ?? Date.parse(params.startedAt);
    for (let tried = 0; tried < idsToTry; tried += 1) {
      const backupId = backupIdAt(new Date(fromMs + tried * 1_000));
      const isAsked = (begun: BackupParams | undefined): boolean =>
        begun !== undefined &&
        (begun.requestId === params.requestId || (cause !== undefined && begun.cause === cause.name));
      const before = await this.paramsOf(backupId);
      if (isAsked(before)) return backupId;
      if (before !== undefined) continue;
      await this.operations.begin({
        runbook: runbookFor(params),
        operationId: backupId,
        params: { ...params, backupId },
        ...(causedBy === undefined ? {} : { causedBy, correlationId: causedBy.correlationId }),
      });
      // Another may have begun under this id since we looked; then what runs may not be what was asked for here.
      if (isAsked(await this.paramsOf(backupId))) return backupId;
    }
    throw new DrError('OPERATION_RUNNING', 'other backups are being begun at this moment');
  }

  private async paramsOf(backupId: string): Promise<BackupParams | undefined> {
    return (await this.operations.find(backupId))?.params as BackupParams | undefined;
  }

  private async paramsFor(request: BackupRequest): Promise<Omit<BackupParams, 'backupId'>> {
    const { kind = 'full', form = 'physical', reason, cause } = request;
    if (kind === 'incremental' && form === 'logical') {
      throw new DrError('PRECONDITION_FAILED', 'a dump is always whole: there are no incremental logical backups', {
        hint: 'ask for kind full with form logical, or for an incremental physical backup',
      });
    }
    const components = request.components ?? this.componentsFor(kind, form);
    for (const component of components) this.sources.requireComponent(component);
    if (components.length === 0) throw new DrError('NOT_FOUND', 'the estate backs up no component');
    const epoch = await this.epochs.current();
    if (epoch === undefined) {
      throw new DrError('CONFLICT', 'no epoch is recorded yet: it is not known which site is active', {
        hint: 'bring up exactly one writable site and ask again',
      });
    }
    for (const source of this.sources.databasesIn(components)) memberOn(source, epoch.site);
    for (const source of this.sources.cachesIn(components)) memberOn(source, epoch.site);
    await this.requireTools(components, epoch.site);
    const store = await this.stores.preferred();
    if (kind === 'incremental' || form === 'logical') this.refuseCaches(components);
    const parent = kind === 'full' ? undefined : await this.parentFor(components, epoch.site, store);
    if (parent !== undefined && 'fullInstead' in parent) {
      return this.paramsFor({
        ...request,
        kind: 'full',
        components,
        reason: `${reason}: full, as ${parent.fullInstead}`,
      });
    }
    return {
      kind,
      form,
      components: [...components],
      site: epoch.site,
      epoch: epoch.epoch,
      store,
      ...(parent === undefined ? {} : { parent }),
      startedAt: new Date().toISOString(),
      reason,
      requestId: randomUUID(),
      ...(cause === undefined ? {} : { cause: cause.name }),
      estateHash: this.loaded.hash,
    };
  }

  /** Caches have neither increments nor dumps by database: a backup of everything is one of the databases then. */
  private componentsFor(kind: BackupKind, form: BackupForm): string[] {
    if (kind === 'full' && form === 'physical') return this.sources.components;
    return this.sources.databases.map(({ settings }) => settings.name);
  }

  /** A server that does not answer now is not asked: the backup itself waits for it. */
  private async requireTools(components: readonly string[], site: string): Promise<void> {
    for (const source of this.sources.databasesIn(components)) {
      const member = memberOn(source, site);
      const status = await member.status({ timeoutMs: answerTimeoutMs }).catch(() => undefined);
      if (status === undefined) continue;
      const major = await toolsMajor(member.options.binDir ?? requireProgram('postgresBin'));
      requireToolsFor(source.settings.name, Math.floor(status.version / 10_000), major);
    }
  }

  private refuseCaches(components: readonly string[]): void {
    const [cache] = this.sources.cachesIn(components);
    if (cache === undefined) return;
    throw new DrError('PRECONDITION_FAILED', `${cache.settings.name} is a cache: it has full physical backups only`, {
      hint: 'run a backup of it with kind full, without form',
    });
  }

  /**
   * What an increment of these builds on, or why it has to be a full backup instead.
   * @throws DrError PRECONDITION_FAILED when nothing is there to build on, or a server does not say what changes.
   */
  private async parentFor(
    components: readonly string[],
    site: string,
    store: string,
  ): Promise<Increment | { readonly fullInstead: string }> {
    const present = await Promise.all(
      this.sources.databasesIn(components).map(async (source) => presentServer(source, site)),
    );
    const { entries } = await this.stores.repository.catalog(store).list();
    const increment = incrementBase(entries, present);
    for (const { component, blocksSince } of increment.bases) {
      const summaries = present.find((one) => one.component === component)?.summaries;
      if (blocksSince === undefined || summaries === undefined) continue;
      const missing = summariesMissing(summaries, blocksSince);
      if (missing !== undefined) return { fullInstead: `${component}: ${missing}` };
    }
    return increment;
  }
}

async function presentServer(
  source: DatabaseSource,
  site: string,
): Promise<PresentServer & { readonly summaries?: WalSummaries }> {
  const member = memberOn(source, site);
  const { systemIdentifier: systemId, timeline, version } = await member.status();
  const component = source.settings.name;
  if (version < blockIncrementsSince) return { component, systemId, timeline, givesBlocks: false };
  const summaries = await member.walSummaries(timeline);
  if (summaries.on) return { component, systemId, timeline, givesBlocks: true, summaries };
  throw new DrError('PRECONDITION_FAILED', `${component} does not note which blocks change: summarize_wal is off`, {
    hint: 'set summarize_wal = on, reload the server, and run a backup with kind full; incremental ones build on it',
    details: [{ path: component, problem: 'summarize_wal is off' }],
  });
}

function runbookFor({ kind, form }: Pick<BackupParams, 'kind' | 'form'>): string {
  if (kind === 'incremental') return runbookOf.incremental;
  return form === 'logical' ? runbookOf.logical : runbookOf.backup;
}
