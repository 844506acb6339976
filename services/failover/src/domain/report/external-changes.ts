import type { OperationState, StepState, StepStatus } from '@novacron/operations';
import type { FailoverParams } from '../../steps/failover-params.js';
import { waitWords } from '../change-words.js';
import type { Changed, StepResults } from '../../steps/results.js';

/** What one step changed outside: each line old → new, as its target said before it was changed. */
export interface StepChanges {
  readonly step: string;
  readonly title: string;
  readonly status: StepStatus;
  readonly changes: readonly string[];
}

type Known = Partial<StepResults> & {
  readonly 'switch-endpoints'?: { readonly endpoints: readonly string[] };
  readonly 'switch-applications'?: { readonly activated: boolean; readonly deactivated: boolean };
  readonly 'repoint-standbys'?: Readonly<
    Record<string, { readonly following: Readonly<Record<string, string>>; readonly synchronous: readonly string[] }>
  >;
};
type Told = (results: Known, move: { readonly params: FailoverParams; readonly to: string }) => readonly string[];

/**
 * Steps whose change follows from what the operation was asked and what they left; the others have written down what
 * they found (`changes` in their result).
 */
const told: Readonly<Record<string, Told>> = {
  'fence-commits': ({ 'fence-commits': fence }, { params }) =>
    (fence?.cut ?? []).map((standby) => `${standby}: receives from ${params.from} → from nobody`),
  'stop-old': ({ 'stop-old': stopped }, { params }) =>
    (stopped?.tokens ?? []).map(({ database }) => `${database} ${params.from}: running → stopped (${stopped?.how})`),
  'confirm-fence': ({ 'confirm-fence': fence }, { params }) =>
    fence?.poweredOff === true ? [`${params.from}: on → off`] : [],
  'advance-epoch': ({ 'advance-epoch': epoch }, { params, to }) =>
    epoch === undefined ? [] : [`epoch ${params.epoch} → ${epoch.epoch}, held by ${params.from} → ${to}`],
  promote: ({ promote }, { to }) =>
    Object.entries(promote?.databases ?? {}).map(([database, { timeline, previousTimeline }]) => {
      const before = previousTimeline === undefined ? 'standby' : `standby on timeline ${previousTimeline}`;
      return `${database} ${to}: ${before} → primary on timeline ${timeline}`;
    }),
  'open-writes': ({ promote }, { to }) =>
    Object.keys(promote?.databases ?? {}).map((database) => `${database} ${to}: closed to writes → open`),
  'switch-endpoints': ({ 'switch-endpoints': switched }, { params, to }) =>
    (switched?.endpoints ?? []).map((name) => `endpoint ${name}: ${params.from} → ${to}`),
  'switch-applications': ({ 'switch-applications': switched }, { params, to }) => [
    ...(switched?.deactivated === true ? [`applications of ${params.from}: active → standby`] : []),
    ...(switched?.activated === true ? [`applications of ${to}: standby → active`] : []),
  ],
  'fence-power': ({ 'fence-power': fence }, { params }) =>
    fence?.poweredOff === true ? [`${params.from}: on → off`] : [],
  'rejoin-old': (_results, { params, to }) => [`databases of ${params.from}: primary → standby of ${to}`],
  'repoint-standbys': ({ 'repoint-standbys': repointed = {} }, { to }) =>
    Object.entries(repointed).flatMap(([database, { following, synchronous }]) => [
      ...Object.entries(following).map(([site, upstream]) => `${database} ${site}: → receives from ${upstream}`),
      `${database} ${to}: ${waitWords(synchronous)}`,
    ]),
};

/** Every external change of an operation in the order of its steps, also those that were taken back. */
export function externalChanges(state: OperationState, params: FailoverParams, to: string): StepChanges[] {
  const steps = state.nodes.flatMap((node) =>
    node.kind === 'steps' ? node.steps.flatMap(({ name }) => state.steps.get(name) ?? []) : [],
  );
  const results = Object.fromEntries(steps.map((step) => [step.shape.name, step.result])) as Known;
  return steps.flatMap((step) => {
    const changes = changesOf(step, results, params, to);
    const { name, title } = step.shape;
    return changes.length === 0 ? [] : [{ step: name, title, status: step.status, changes }];
  });
}

function changesOf(step: StepState, results: Known, params: FailoverParams, to: string): readonly string[] {
  if (step.result === undefined) return [];
  const recorded = (step.result as Changed).changes;
  if (recorded !== undefined) return recorded;
  return told[step.shape.name]?.(results, { params, to }) ?? [];
}
