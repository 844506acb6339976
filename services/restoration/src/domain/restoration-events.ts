import { RestorationCompleted, RestorationFailed, RestorationPhaseDone, RestorationPlanned } from '@novacron/contracts';
import { type JournalRecord, type OperationState, resultsOf } from '@novacron/operations';
import type { RestorationParams, RestorationResults } from '../steps/home/restoration-params.js';
import type { PhasePlan, RecordEvent } from './record-event.js';
import { resultField, stopOf } from './operation-end.js';
import { type Phase, phaseOf, phases } from './phases.js';
import type { RejoinMethod } from './rejoin.js';

/** The plan before anything is touched, each of the five phases once all its steps are done, and the end. */
export function restorationEvents(
  record: JournalRecord,
  state: OperationState,
  plan: readonly PhasePlan[],
): RecordEvent[] {
  const { operationId } = record;
  const { from: fromSite, to: toSite } = state.params as RestorationParams;
  if (record.kind === 'started') {
    const estimateMs = plan.reduce((sum, { plannedMs }) => sum + plannedMs, 0);
    const names = phases.map(({ phase }) => phase);
    const event = new RestorationPlanned({ operationId, fromSite, toSite, phases: names, estimateMs });
    return [{ event, id: `${operationId}:planned` }];
  }
  if (record.kind === 'done') return phaseDone(record.step, operationId, state, plan);
  const stop = stopOf(record, state);
  if (stop !== undefined) {
    return [{ event: new RestorationFailed({ operationId, ...stop }), id: `${operationId}:failed:${record.n}` }];
  }
  if (record.kind !== 'ended') return [];
  return [{ event: completed(record, state), id: `${operationId}:completed` }];
}

/** Nothing until the last step of a phase is done: the steps of one may run side by side and end in any order. */
function phaseDone(
  step: string,
  operationId: string,
  state: OperationState,
  plan: readonly PhasePlan[],
): RecordEvent[] {
  const found = phaseOf(step);
  if (found === undefined) return [];
  const { phase, index } = found;
  if (!phase.steps.every((name) => state.steps.get(name)?.status === 'done')) return [];
  const plannedMs = plan.find((one) => one.phase === phase.phase)?.plannedMs;
  const event = new RestorationPhaseDone({
    operationId,
    phase: phase.phase,
    title: phase.title,
    index: index + 1,
    phases: phases.length,
    durationMs: phaseMs(phase, state),
    ...(plannedMs === undefined ? {} : { plannedMs }),
    ...resultField(Object.fromEntries(phase.steps.map((name) => [name, state.steps.get(name)?.result ?? {}]))),
  });
  return [{ event, id: `${operationId}:phase-${phase.phase}` }];
}

/** From the first step's start to the last one's end. */
export function phaseMs({ steps }: Pick<Phase, 'steps'>, state: OperationState): number {
  const seen = steps.flatMap((name) => state.steps.get(name) ?? []);
  const starts = seen.flatMap(({ startedAt }) => (startedAt === undefined ? [] : [Date.parse(startedAt)]));
  const ends = seen.flatMap(({ endedAt }) => (endedAt === undefined ? [] : [Date.parse(endedAt)]));
  return starts.length === 0 || ends.length === 0 ? 0 : Math.max(0, Math.max(...ends) - Math.min(...starts));
}

function completed(record: JournalRecord, state: OperationState): RestorationCompleted {
  const { from: fromSite, to: toSite, epoch } = state.params as RestorationParams;
  const results = resultsOf(state);
  const result = <K extends keyof RestorationResults>(step: K) =>
    results.get(step) as RestorationResults[K] | undefined;
  const errorRatePercent = result('monitor')?.errorRatePercent;
  const orphans = result('assess-damage')?.databases.flatMap((database) => database.orphans ?? []) ?? [];
  return new RestorationCompleted({
    operationId: record.operationId,
    fromSite,
    toSite,
    durationMs: Math.max(0, Date.parse(record.at) - Date.parse(state.startedAt)),
    epoch: result('switch-traffic')?.epoch ?? epoch + 1,
    rejoin: heaviest(Object.values(result('synchronize')?.rejoined ?? {}).map(({ method }) => method)),
    // Every step ends with a look at who takes writes, and a second writable site stops the operation there.
    splitBrain: false,
    ...(errorRatePercent === undefined ? {} : { errorRatePercent }),
    ...(orphans.length === 0
      ? {}
      : {
          orphanCommits: orphans.reduce((sum, { commits }) => sum + commits, 0),
          orphanRows: orphans.reduce((sum, { rows }) => sum + rows, 0),
        }),
  });
}

/** What the databases together are said to have needed. */
export function heaviest(methods: readonly RejoinMethod[]): RejoinMethod {
  return (['rebuild', 'rewind'] as const).find((method) => methods.includes(method)) ?? 'none';
}
