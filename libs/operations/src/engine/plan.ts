import type { Logger } from '@novacron/bus';
import { DrError } from '@novacron/contracts';
import { type Runbook, type RunbookNode, shapeOf } from '../steps/runbook.js';
import type { Step, StepContext } from '../steps/step.js';
import { limited } from './limit.js';

/** For one look at a target: whoever asks for a plan waits. */
const lookTimeoutMs = 5_000;

export interface PlannedStep {
  readonly name: string;
  readonly title: string;
  readonly pointOfNoReturn: boolean;
  readonly undoable: boolean;
  readonly timeoutMs: number;
  readonly attempts: number;
  /** Each external change, in words. */
  readonly changes: readonly string[];
  /** What the probe says now; `unknown` where it needs the results of steps before it, or its target does not answer. */
  readonly effect: 'present' | 'absent' | 'unknown';
}

export interface PlannedNode {
  readonly kind: 'steps' | 'approval' | 'wait';
  readonly name: string;
  readonly title: string;
  readonly steps: readonly PlannedStep[];
  /** From earlier runs. */
  readonly estimateMs?: number;
}

export interface Plan {
  readonly runbook: string;
  readonly version: string;
  readonly nodes: readonly PlannedNode[];
  readonly estimateMs?: number;
}

/** What an operation would do, looked up and written down, changing nothing. */
export async function planOf(
  runbook: Runbook,
  params: unknown,
  estimatesMs: ReadonlyMap<string, number>,
  logger: Logger,
): Promise<Plan> {
  const shapes = shapeOf(runbook);
  const nodes = await Promise.all(
    runbook.nodes.map(async (node, index): Promise<PlannedNode> => {
      const steps = await Promise.all(codeOf(node).map((step) => planned(step, params, logger)));
      const estimateMs = estimatesMs.get(node.name);
      return {
        kind: shapes[index]?.kind ?? 'steps',
        name: node.name,
        title: titleOf(node),
        steps,
        ...(estimateMs === undefined ? {} : { estimateMs }),
      };
    }),
  );
  const known = nodes.flatMap((node) => node.estimateMs ?? []);
  const total = known.length === 0 ? {} : { estimateMs: known.reduce((sum, each) => sum + each, 0) };
  return { runbook: runbook.name, version: runbook.version, nodes, ...total };
}

async function planned(step: Step, params: unknown, logger: Logger): Promise<PlannedStep> {
  return {
    name: step.name,
    title: step.title,
    pointOfNoReturn: step.pointOfNoReturn === true,
    undoable: step.undo !== undefined,
    timeoutMs: step.timeoutMs,
    attempts: step.attempts,
    changes: await changesOf(step, params, logger),
    effect: await lookNow(step, params, logger),
  };
}

async function changesOf(step: Step, params: unknown, logger: Logger): Promise<string[]> {
  const { signal } = new AbortController();
  const limits = { what: `changes of ${step.name}`, timeoutMs: lookTimeoutMs, signal, graceMs: 250 };
  try {
    return await limited(limits, async (ends) => step.describe?.(params, ends) ?? []);
  } catch (error) {
    const reason = DrError.from(error).message;
    logger.info('the changes of a step could not be looked up', { step: step.name, reason });
    return [`not known now: ${reason}`];
  }
}

async function lookNow(step: Step, params: unknown, logger: Logger): Promise<PlannedStep['effect']> {
  const { signal } = new AbortController();
  const limits = {
    what: `probe of ${step.name}`,
    timeoutMs: Math.min(lookTimeoutMs, step.timeoutMs),
    signal,
    graceMs: 250,
  };
  try {
    const seen = await limited(limits, (ends) => step.probe(contextFor(params, ends, logger)));
    return seen === undefined ? 'absent' : 'present';
  } catch (error) {
    logger.info('a probe could not tell what a plan asked', { step: step.name, reason: DrError.from(error).message });
    return 'unknown';
  }
}

function contextFor(params: unknown, signal: AbortSignal, logger: Logger): StepContext {
  const none = { attempt: 0, token: 0, results: new Map<string, unknown>(), progress: () => {} };
  return { operationId: 'plan', correlationId: 'plan', params, signal, logger, ...none };
}

function codeOf(node: RunbookNode<unknown>): readonly Step[] {
  if ('parallel' in node) return node.parallel;
  return 'run' in node ? [node] : [];
}

function titleOf(node: RunbookNode<unknown>): string {
  if ('parallel' in node) return node.parallel.map((step) => step.title).join(', ');
  return 'approval' in node ? node.approval.title : node.title;
}
