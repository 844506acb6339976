import { durationMs, type Estate } from '@novacron/contracts';
import type { ApprovalNode } from '@novacron/operations';
import type { FailoverParams } from './failover-params.js';

/** How long an answer is waited for where the estate does not say. */
export const defaultApprovalExpiry = '15m';

/** Where policy wants a human's yes: asked before anything is touched, and given up when nobody answers in time. */
export function askFirst({ failover }: Estate): ApprovalNode<FailoverParams> {
  return {
    name: 'approve',
    approval: {
      title: 'wait for the approval that policy asks for',
      expiresAfterMs: durationMs(failover.approvalExpiry ?? defaultApprovalExpiry),
      needed: ({ params }) => params.approval !== undefined,
      reason: ({ params }) => params.approval?.reason ?? params.reason,
      approvalsFor: ({ params }) => params.approval?.approvals ?? 1,
      notBy: ({ params }) => (params.by === undefined ? [] : [params.by]),
    },
  };
}
