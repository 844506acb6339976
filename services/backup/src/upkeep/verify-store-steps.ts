import { join } from 'node:path';
import { DrError, type ProblemDetail } from '@novacron/contracts';
import type { Runbook, Step, StepContext } from '@novacron/operations';
import type { StoreReport, VerifyReport, VerifyShare } from '@novacron/repository';
import type { BackupStores } from '../adapters/backup-stores.js';
import { structureProblems } from '../adapters/structure-check.js';
import type { BackupProgress } from '../backup-progress.js';

/** What reading whole stores back was begun with. */
export interface VerifyStoreParams {
  readonly stores: readonly string[];
  /** One run of several that read everything between them. */
  readonly share?: VerifyShare;
  /** Whether databases are unpacked and looked at by pg_verifybackup too. */
  readonly structure?: boolean;
  readonly reason: string;
}

export interface VerifiedStore extends Omit<StoreReport, 'problems'> {
  readonly problemCount: number;
  readonly problems: readonly ProblemDetail[];
  readonly damaged: readonly { readonly backupId: string; readonly reason: string }[];
  readonly verifiedAt: string;
}

export interface VerifiedStores {
  readonly stores: readonly VerifiedStore[];
  readonly unreachable: readonly ProblemDetail[];
}

export const readBackStep = 'read-back';
/** What a journal record and an event hold of them. */
const problemsKept = 100;

/** A check finds and names; what it found is its result, not its failure. */
export function verifyStoreRunbook(
  stores: BackupStores,
  spool: string,
  progress: BackupProgress,
): Runbook<VerifyStoreParams> {
  return { name: 'verify-store', version: '1', exclusive: 'verify-store', nodes: [readBack(stores, spool, progress)] };
}

function readBack(
  stores: BackupStores,
  spool: string,
  progress: BackupProgress,
): Step<VerifyStoreParams, undefined, VerifiedStores> {
  return {
    name: readBackStep,
    title: 'read everything back, and compare the stores',
    timeoutMs: 7 * 24 * 3_600_000,
    attempts: 3,
    describe: (params) => params.stores.map((store) => `marks on the backups in ${store}`),
    probe: () => Promise.resolve(undefined),
    run: async (context) => {
      const verified: VerifiedStore[] = [];
      const unreachable: ProblemDetail[] = [];
      for (const store of context.params.stores) {
        const problem = await stores.problemOf(store);
        if (problem === undefined) verified.push(await verifyOne(stores, store, spool, progress, context));
        else unreachable.push({ path: store, problem });
      }
      if (verified.length > 0) return { stores: verified, unreachable };
      throw new DrError('UNREACHABLE', 'no store that was to be verified answers', { details: unreachable });
    },
    verify: () => Promise.resolve(),
  };
}

async function verifyOne(
  stores: BackupStores,
  store: string,
  spool: string,
  progress: BackupProgress,
  context: StepContext<VerifyStoreParams>,
): Promise<VerifiedStore> {
  const { params, operationId, signal } = context;
  const { repository } = stores;
  const damaged = new Map<string, string>();
  const structure: ProblemDetail[] = [];
  const before = await repository.catalog(store).list();
  const isDone = (backupId: string): boolean =>
    before.entries
      .find((entry) => entry.backupId === backupId)
      ?.marks.some((mark) => mark.mark === 'verified' && mark.operationId === operationId) ?? false;
  for (const { backupId } of before.entries) progress.begin(backupId, readBackStep);
  let seen = 0;
  const onBackup = async (report: VerifyReport): Promise<void> => {
    seen += 1;
    context.progress(Math.min(90, (90 * seen) / Math.max(1, before.entries.length)), `${store}: ${report.backupId}`);
    const found = report.objects.flatMap(({ key, problem }) => (problem === undefined ? [] : [{ path: key, problem }]));
    if (report.good && params.structure === true) {
      const manifest = await repository.catalog(store).read(report.backupId);
      const folder = join(spool, 'structure', operationId);
      const unsound = await structureProblems(repository, store, manifest, { folder, signal });
      structure.push(...unsound);
      found.push(...unsound);
    }
    if (found.length > 0) damaged.set(report.backupId, reasonOf(store, found));
    await markFound(stores, store, operationId, report, found);
  };
  const report = await repository.verifyStore(store, {
    ...(params.share === undefined ? {} : { share: params.share }),
    beside: await reachable(stores, store),
    signal,
    isDone,
    onBackup,
    onProgress: (backupId, { doneBytes, totalBytes }) => progress.tell(backupId, readBackStep, doneBytes, totalBytes),
  });
  const problems = [...report.problems, ...structure];
  return {
    ...report,
    good: problems.length === 0,
    problemCount: problems.length,
    problems: problems.slice(0, problemsKept).map(({ path, problem }) => ({
      path: path.slice(0, 1024),
      problem: problem.slice(0, 500),
    })),
    damaged: [...damaged].slice(0, problemsKept).map(([backupId, reason]) => ({ backupId, reason })),
    verifiedAt: new Date().toISOString(),
  };
}

/** A sample can refute a backup, but not vouch for it. */
async function markFound(
  { repository }: BackupStores,
  store: string,
  operationId: string,
  { backupId, objects, checkedBytes, skipped, durationMs }: VerifyReport,
  found: readonly ProblemDetail[],
): Promise<void> {
  if (found.length === 0 && skipped > 0) return;
  const evidence = { store, operationId, objects: objects.length, checkedBytes, durationMs };
  const note = found.length === 0 ? {} : { note: reasonOf(store, found).slice(0, 1000) };
  const mark = found.length === 0 ? 'verified' : 'refuted';
  await repository.catalog(store).mark(backupId, { mark, ...evidence, ...note }, new Date());
}

function reasonOf(store: string, found: readonly ProblemDetail[]): string {
  return `in ${store}: ${found.map(({ path, problem }) => `${path} (${problem})`).join(', ')}`.slice(0, 2_000);
}

async function reachable(stores: BackupStores, store: string): Promise<string[]> {
  const others = stores.order.filter((name) => name !== store);
  const problems = await Promise.all(others.map(async (name) => stores.problemOf(name)));
  return others.filter((_, place) => problems[place] === undefined);
}
