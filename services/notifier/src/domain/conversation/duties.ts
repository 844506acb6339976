import {
  FailoverApprovalRequested,
  RecoveryFailed,
  RecoveryPointLate,
  RedundancyLost,
  ReplicationDegraded,
  VantageLost,
} from '@novacron/contracts';
import { formatDuration, formatTime } from '../formats.js';
import { needsUs } from './human-turns.js';
import type { Turn } from './turn.js';

/** Events of other services that one of us must hear of, though they are no incident. */
export const dutyEvents = [
  FailoverApprovalRequested,
  RecoveryFailed,
  RecoveryPointLate,
  RedundancyLost,
  ReplicationDegraded,
  VantageLost,
] as const;

/** Tells those whose duty it is what a service asks of them, each event once. */
export function duty(turn: Turn): void {
  const words = wordsOf(turn.event.data);
  if (words !== undefined) needsUs(turn, `event-${turn.event.sequence}`, words);
}

function wordsOf(data: unknown): { readonly subject: string; readonly text: string } | undefined {
  if (data instanceof FailoverApprovalRequested) {
    const { operationId, reason, expiresAt, approvalsNeeded, commands = [] } = data;
    const lines = [
      reason,
      `Approvals needed: ${approvalsNeeded}. It expires at ${formatTime(expiresAt)}.`,
      ...commands,
      ...(commands.length === 0 ? [`Operation: ${operationId}`] : []),
    ];
    return { subject: 'A failover waits for approval', text: lines.join('\n') };
  }
  if (data instanceof RecoveryFailed) {
    return { subject: 'A recovery has stopped', text: [data.reason, ...data.needs].join('\n') };
  }
  if (data instanceof RecoveryPointLate && data.state === 'missed') {
    const { component, tier, lagMs, rpoMs } = data;
    return {
      subject: `Recovery point of ${component} missed`,
      text: `The newest restorable moment of ${component} (tier ${tier}) is ${formatDuration(lagMs)} old; ${formatDuration(rpoMs)} were promised.`,
    };
  }
  if (data instanceof RedundancyLost) {
    const standbys = data.standbys.map(({ site, problem }) => `${site}: ${problem}`);
    return { subject: 'No standby could take over now', text: [data.reason, ...standbys].join('\n') };
  }
  if (data instanceof ReplicationDegraded) {
    return { subject: `Commits of ${data.database} go on without a standby`, text: data.reason };
  }
  if (data instanceof VantageLost) return { subject: `Vantage ${data.vantage} no longer counts`, text: data.reason };
  return undefined;
}
