import { type FailoverMode, Plan } from '@novacron/contracts';
import type { Plan as OperationPlan } from '@novacron/operations';
import { runbookOf } from '../domain/move-runbooks.js';
import { lossWords } from '../domain/verdict/permission.js';
import type { FailoverParams } from '../steps/failover-params.js';

/** What a move would change outside, step by step: who is asked before it, its own changes, and what others do because of it. */
export function planReply(mode: FailoverMode, { nodes }: Pick<OperationPlan, 'nodes'>, params: FailoverParams): Plan {
  const to = params.to ?? 'the standby that has most';
  const steps = nodes.flatMap((node) => [
    ...(node.kind === 'approval' && params.approval !== undefined
      ? [{ step: node.name, title: node.title, changes: askWords(params.approval.approvals), state: 'absent' as const }]
      : []),
    ...node.steps.map(({ name, title, changes, effect }) => {
      return { step: name, title, changes: [...changes], state: effect };
    }),
  ]);
  const told = {
    step: 'events',
    title: 'what it tells, and what follows',
    changes: followingWords(to),
    state: 'absent' as const,
  };
  const summary = `${mode} move from ${params.from} to ${to}: ${steps.length} steps; ${costWords(mode, params)}; nothing has been changed`;
  return new Plan({ runbook: runbookOf[mode], summary, steps: [...steps, told] });
}

function askWords(approvals: number): string[] {
  return [
    `FailoverApprovalRequested: nothing is touched until ${approvals} more ${approvals === 1 ? 'person says' : 'persons say'} yes`,
  ];
}

function followingWords(to: string): string[] {
  return [
    'FailoverStepDone after each step, and FailoverCompleted, FailoverRolledBack or FailoverFailed at the end',
    'those whom communication.audiences names are told of each by notifier',
    `backup takes a full backup of everything once service is on ${to}`,
  ];
}

function costWords(mode: FailoverMode, { estimatedLoss: loss }: FailoverParams): string {
  if (mode === 'planned') return 'nothing is lost';
  return loss === undefined ? 'nobody knows how much would be lost' : `${lossWords(loss)} would be lost`;
}
