import { DrError, type ProblemDetail } from '@novacron/contracts';
import type { Step, StepContext } from './step.js';

/** What nodes that act on nothing may look at. */
export type NodeContext<P> = Pick<StepContext<P>, 'operationId' | 'correlationId' | 'params' | 'results'>;

/** Steps that start together. All are let finish; if one failed, all are undone. */
export interface ParallelNode<P> {
  readonly name: string;
  readonly parallel: readonly Step<P>[];
}

/** Waits for humans. Unanswered in time, the operation fails here and is undone. */
export interface ApprovalNode<P> {
  readonly name: string;
  readonly approval: {
    readonly title: string;
    readonly expiresAfterMs: number;
    /** Different persons who must say yes; 1 unless given. */
    readonly approvals?: number;
    /** The same, where it depends on the operation. */
    approvalsFor?(context: NodeContext<P>): number;
    /** Persons whose yes does not count, such as who started it. */
    notBy?(context: NodeContext<P>): readonly string[];
    reason(context: NodeContext<P>): string;
    /** False: nobody is asked. Decided once, and journaled. */
    needed?(context: NodeContext<P>): boolean;
  };
}

/** Waits for a duration or until a moment; the due time is journaled when the wait begins, and never cut short by a crash. */
export interface WaitNode<P> {
  readonly name: string;
  readonly title: string;
  /** Milliseconds from when the wait begins, or a moment. */
  waitFor(context: NodeContext<P>): number | Date;
}

export type RunbookNode<P> = Step<P> | ParallelNode<P> | ApprovalNode<P> | WaitNode<P>;

export interface Runbook<P = unknown> {
  readonly name: string;
  readonly version: string;
  /** At most one operation of all runbooks with the same word runs at a time, in the whole estate. */
  readonly exclusive?: string;
  readonly nodes: readonly RunbookNode<P>[];
}

/** A step as the journal keeps it: what is needed to go on deciding without the code. */
export interface StepShape {
  readonly name: string;
  readonly title: string;
  readonly attempts: number;
  readonly pointOfNoReturn: boolean;
  readonly undoable: boolean;
  readonly skippable?: true;
}

export type NodeShape =
  | { readonly kind: 'steps'; readonly name: string; readonly steps: readonly StepShape[] }
  | { readonly kind: 'approval'; readonly name: string; readonly title: string }
  | { readonly kind: 'wait'; readonly name: string; readonly title: string };

/** A runbook's graph as it is stored in the first record: an operation keeps the one it started with. */
export function shapeOf<P>(runbook: Runbook<P>): NodeShape[] {
  return runbook.nodes.map((node) => {
    if ('parallel' in node) return { kind: 'steps', name: node.name, steps: node.parallel.map(stepShape) };
    if ('approval' in node) return { kind: 'approval', name: node.name, title: node.approval.title };
    if ('run' in node) return { kind: 'steps', name: node.name, steps: [stepShape(node)] };
    return { kind: 'wait', name: node.name, title: node.title };
  });
}

export function stepsOf<P>(runbook: Runbook<P>): Step<P>[] {
  return runbook.nodes.flatMap((node) => {
    if ('parallel' in node) return [...node.parallel];
    return 'run' in node ? [node] : [];
  });
}

/** @throws DrError INVALID_CONFIG with everything that is wrong with the runbook. */
export function checkRunbook<P>(runbook: Runbook<P>): void {
  const problems: ProblemDetail[] = [];
  const seen = new Set<string>();
  const name = (path: string, value: string): void => {
    if (!/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/u.test(value)) {
      problems.push({ path, problem: 'must be 1 to 64 letters, digits, - or _' });
    }
    if (seen.has(value)) problems.push({ path, problem: `the name ${value} is used twice` });
    seen.add(value);
  };
  runbook.nodes.forEach((node, index) => {
    const path = `nodes[${index}]`;
    name(path, node.name);
    if ('parallel' in node) {
      if (node.parallel.length === 0) problems.push({ path, problem: 'a parallel group needs a step' });
      node.parallel.forEach((step, place) => name(`${path}.parallel[${place}]`, step.name));
    }
    if ('approval' in node && (node.approval.approvals ?? 1) < 1) {
      problems.push({ path, problem: 'approvals must be at least 1' });
    }
    if (!('run' in node || 'parallel' in node || 'approval' in node || 'waitFor' in node)) {
      problems.push({ path, problem: 'is neither a step, a parallel group, an approval nor a wait' });
    }
  });
  for (const step of stepsOf(runbook)) {
    if (step.timeoutMs <= 0) problems.push({ path: step.name, problem: 'timeoutMs must be positive' });
    if (!Number.isInteger(step.attempts) || step.attempts < 1) {
      problems.push({ path: step.name, problem: 'attempts must be a whole number of at least 1' });
    }
  }
  if (problems.length > 0) {
    throw new DrError('INVALID_CONFIG', `runbook ${runbook.name} is not sound`, { details: problems });
  }
}

function stepShape<P>(step: Step<P>): StepShape {
  return {
    name: step.name,
    title: step.title,
    attempts: step.attempts,
    pointOfNoReturn: step.pointOfNoReturn === true,
    undoable: step.undo !== undefined,
    ...(step.skippable === true ? { skippable: true } : {}),
  };
}
