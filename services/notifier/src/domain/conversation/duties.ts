import {
  BackupFailed,
  EpochEnforced,
  FailoverApprovalRequested,
  FailoverPaused,
  FailoverPauseEnded,
  FailoverStepSkipped,
  RecoveryFailed,
  RecoveryPointLate,
  RedundancyLost,
  ReplicationDegraded,
  RepositoryUpkeepFailed,
  RepositoryVerified,
  VantageLost,
  WalArchiveTroubled,
} from '@novacron/contracts';
import { formatDuration, formatTime } from '../formats.js';
import { needsUs } from './human-turns.js';
import type { DutyWords, Turn } from './turn.js';

/** Events of other services that one of us must hear of, though they are no incident. */
export const dutyEvents = [
  EpochEnforced,
  FailoverApprovalRequested,
  FailoverPaused,
  FailoverPauseEnded,
  FailoverStepSkipped,
  RecoveryFailed,
  RecoveryPointLate,
  RedundancyLost,
  ReplicationDegraded,
  VantageLost,
  BackupFailed,
  RepositoryVerified,
  RepositoryUpkeepFailed,
  WalArchiveTroubled,
] as const;

/** Of what is damaged; the event has more. */
const problemsNamed = 10;

/** Tells those whose duty it is what a service asks of them, each event once. */
export function duty(turn: Turn): void {
  const words = dutyWords(turn.event.data);
  if (words !== undefined) needsUs(turn, `event-${turn.event.sequence}`, words);
}

/** What is asked of us; undefined for what needs nobody. */
export function dutyWords(data: unknown): DutyWords | undefined {
  if (data instanceof EpochEnforced) {
    const { site, epoch, corrections, needs } = data;
    const found = corrections.map((each) => `${each.target} ${each.found}; what was done: ${each.done}`);
    const urgent = needs.length === 0 ? 'Something acted' : 'At once: something acts';
    return {
      subject: `${urgent} against epoch ${epoch}, which names ${site}`,
      text: [...needs, ...found].join('\n'),
      needed: needs.length > 0,
    };
  }
  if (data instanceof FailoverApprovalRequested) {
    const { operationId, reason, expiresAt, approvalsNeeded, commands = [] } = data;
    const lines = [
      reason,
      `Approvals needed: ${approvalsNeeded}. It expires at ${formatTime(expiresAt)}.`,
      ...commands,
      ...(commands.length === 0 ? [`Operation: ${operationId}`] : []),
    ];
    return { subject: 'A failover waits for approval', text: lines.join('\n'), needed: true };
  }
  if (data instanceof RecoveryFailed) {
    return { subject: 'A recovery has stopped', text: [data.reason, ...data.needs].join('\n'), needed: true };
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
  return dutyOfAutomation(data) ?? dutyOfBackups(data);
}

/** Who may act by itself, and what a human has taken out of its hands. */
function dutyOfAutomation(data: unknown): DutyWords | undefined {
  if (data instanceof FailoverPaused) {
    const { owner, reason, until, reminder } = data;
    const still = reminder === 0 ? 'is paused until' : 'is still paused, until';
    return { subject: `Automatic failover ${still} ${formatTime(until)}`, text: `${owner}: ${reason}` };
  }
  if (data instanceof FailoverPauseEnded) {
    const { owner, reason, by } = data;
    return { subject: 'Automatic failover is on again', text: `${by ?? owner}: ${reason}` };
  }
  if (data instanceof FailoverStepSkipped) {
    const { operationId, step, by, reason } = data;
    const text = [`${by}: ${reason}`, `Operation: ${operationId}`].join('\n');
    return { subject: `Step ${step} of a failover was skipped`, text };
  }
  return undefined;
}

/** Faults of the archive that lose WAL. The others show in the recovery point, whose lateness is told. */
const losingFaults = ['gap', 'slot-lost', 'spool-full'];

function dutyOfBackups(data: unknown): { readonly subject: string; readonly text: string } | undefined {
  if (data instanceof RepositoryVerified && !data.good) {
    const { store, problemCount, problems } = data;
    const named = problems.slice(0, problemsNamed).map(({ path, problem }) => `${path}: ${problem}`);
    const more = problemCount > named.length ? [`and ${problemCount - named.length} more`] : [];
    return { subject: `Backups in ${store} are damaged`, text: [...named, ...more].join('\n') };
  }
  // What a check of a whole store finds is told once for all of it.
  if (data instanceof BackupFailed && data.store === undefined) {
    return { subject: `Backup ${data.backupId} has failed`, text: `${data.step}: ${data.reason}` };
  }
  if (data instanceof RepositoryUpkeepFailed) {
    return { subject: `Care for the backups has failed: ${data.task}`, text: `${data.step}: ${data.reason}` };
  }
  if (data instanceof WalArchiveTroubled && data.state === 'found' && losingFaults.includes(data.fault)) {
    return { subject: `The WAL archive of ${data.component} has trouble: ${data.fault}`, text: data.reason };
  }
  return undefined;
}
