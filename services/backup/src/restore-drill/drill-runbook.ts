import { setTimeout as sleep } from 'node:timers/promises';
import type { Bus } from '@novacron/bus';
import { type Accepted, DrError, QueryRestorationReport, type Report, Restore } from '@novacron/contracts';
import type { Runbook, Step, StepContext } from '@novacron/operations';
import { type BackupSources, memberOn } from '../adapters/backup-sources.js';
import type { BackupStores } from '../adapters/backup-stores.js';
import { drillVerdict } from '../domain/drill-verdict.js';
import { runbookOf } from '../runbooks.js';
import type { Compared, DrillParams, NotedHeartbeat, RestoredAside } from './drill-params.js';

export interface DrillParts {
  readonly bus: Pick<Bus, 'request'>;
  readonly sources: BackupSources;
  readonly stores: BackupStores;
}

const lookEveryMs = 500;
const requestTimeoutMs = 10_000;
/** Asked of the restored database: which heartbeat came back. */
const heartbeatQuery = 'select seq::float8 as seq from dr.heartbeat';

/**
 * A backup counts once a restore of it was proved: it is restored aside (restoration does that, with archiving off), compared with
 * what was written before, timed, and removed. One at a time; backups go on meanwhile.
 */
export function drillRunbook(parts: DrillParts): Runbook<DrillParams> {
  return {
    name: runbookOf.drill,
    version: '1',
    exclusive: 'restore-drill',
    nodes: [noteHeartbeat(parts), restoreAside(parts), compare(parts)],
  };
}

function noteHeartbeat({ sources, stores }: DrillParts): Step<DrillParams, undefined, NotedHeartbeat> {
  return {
    name: 'note-heartbeat',
    title: 'note what must come back',
    timeoutMs: 120_000,
    attempts: 5,
    describe: ({ component, site }) => [`nothing; reads the heartbeat of ${component} on ${site}`],
    probe: () => Promise.resolve(undefined),
    run: async (context) => {
      const { component, backupId, store, site } = context.params;
      const [database] = sources.databasesIn([component]);
      if (database === undefined) throw new DrError('NOT_FOUND', `the estate has no database ${component}`);
      const heartbeat = await memberOn(database, site).heartbeat({ signal: context.signal });
      for (;;) {
        const { windows } = await stores.repository.recoveryWindows(store);
        const reached = windows.find(
          (window) => window.backupId === backupId && Date.parse(window.latest) > Date.parse(heartbeat.at),
        );
        if (reached !== undefined) return { seq: heartbeat.seq, targetTime: reached.latest };
        await sleep(lookEveryMs, undefined, { signal: context.signal });
      }
    },
    verify: () => Promise.resolve(),
  };
}

function restoreAside({ bus }: DrillParts): Step<DrillParams, undefined, RestoredAside> {
  return {
    name: 'restore-aside',
    title: 'restore it aside',
    timeoutMs: 24 * 3_600_000,
    attempts: 2,
    describe: ({ backupId, store }) => [
      `a scratch server restored from ${backupId} in ${store}, which is removed again`,
    ],
    // The restore that was begun before a crash is the one that is asked for again: it is told apart by the drill's own id.
    probe: () => Promise.resolve(undefined),
    run: async (context) => {
      const { component, backupId, store } = context.params;
      const { targetTime } = resultOf<NotedHeartbeat>(context, 'note-heartbeat');
      const requestId = context.operationId;
      const request = new Restore({ component, backupId, store, targetTime, query: heartbeatQuery, requestId });
      const { operationId } = await bus.request<Accepted>(request, { timeoutMs: requestTimeoutMs });
      return restoredAs(await ended(bus, operationId, context), operationId);
    },
    verify: () => Promise.resolve(),
  };
}

async function ended(
  bus: Pick<Bus, 'request'>,
  operationId: string,
  context: StepContext<DrillParams>,
): Promise<Record<string, unknown>> {
  for (;;) {
    await sleep(lookEveryMs, undefined, { signal: context.signal });
    const asked = new QueryRestorationReport({ operationId });
    const answer = await bus.request<Report>(asked, { timeoutMs: requestTimeoutMs }).catch((error: unknown) => {
      // Restoration may be starting anew; the restore goes on with it.
      if (DrError.from(error).retryable) return undefined;
      throw error;
    });
    const report = answer?.report;
    if (report === undefined) continue;
    if (report['state'] === 'completed') return report;
    if (report['state'] === 'rolled-back' || report['state'] === 'failed') {
      const reason = typeof report['reason'] === 'string' ? report['reason'] : 'it says no more';
      throw new DrError('VERIFY_FAILED', `the restore ${operationId} did not succeed: ${reason}`, {
        retryable: false,
        hint: `look at query.restoration.report of ${operationId}`,
      });
    }
    context.progress(Number(report['percent'] ?? 0), operationId);
  }
}

function restoredAs(report: Record<string, unknown>, operationId: string): RestoredAside {
  const [row] = (report['rows'] ?? []) as { seq?: unknown }[];
  const { structure, durationMs, recoveredTo } = report;
  return {
    operationId,
    durationMs: Math.round(Number(durationMs ?? 0)),
    recoveredTo: typeof recoveredTo === 'string' ? recoveredTo : new Date(0).toISOString(),
    ...(typeof structure === 'string' ? { structure } : {}),
    ...(typeof row?.seq === 'number' ? { heartbeat: row.seq } : {}),
  };
}

function compare({ stores }: DrillParts): Step<DrillParams, undefined, Compared> {
  return {
    name: 'compare',
    title: 'compare what came back, and note the proof',
    timeoutMs: 120_000,
    attempts: 4,
    describe: ({ backupId, store }) => [`a mark on ${backupId} in ${store}`],
    probe: () => Promise.resolve(undefined),
    run: async (context) => {
      const { backupId, store, rtoMs } = context.params;
      const { seq } = resultOf<NotedHeartbeat>(context, 'note-heartbeat');
      const { structure, heartbeat, durationMs } = resultOf<RestoredAside>(context, 'restore-aside');
      const verdict = drillVerdict({
        ...{ structure, heartbeatExpected: seq, heartbeatFound: heartbeat, durationMs, rtoMs },
      });
      const fact = { mark: 'drilled', store, operationId: context.operationId, durationMs } as const;
      await stores.repository.catalog(store).mark(backupId, fact, new Date());
      return verdict;
    },
    verify: async ({ params, operationId }) => {
      const { marks } = await stores.repository.catalog(params.store).show(params.backupId);
      if (marks.some((mark) => mark.mark === 'drilled' && mark.operationId === operationId)) return;
      throw new DrError('VERIFY_FAILED', `${params.store} does not say that ${params.backupId} was drilled`);
    },
  };
}

/** @throws DrError INTERNAL when the step has not run: the runbook has it in the wrong place. */
export function resultOf<R>({ results }: { readonly results: ReadonlyMap<string, unknown> }, step: string): R {
  const result = results.get(step);
  if (result === undefined) throw new DrError('INTERNAL', `step ${step} has left no result`);
  return result as R;
}
