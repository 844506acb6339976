import { DrError } from '../errors/dr-error.js';
import { type Contract, event, type EventContract, request, type RequestContract } from './contract.js';
import {
  BackupCompleted,
  BackupDrilled,
  BackupFailed,
  BackupProgressed,
  BackupReplicated,
  BackupsPruned,
  BackupStarted,
  BackupUnchanged,
  BackupVerified,
  RecoveryPointAdvanced,
  RecoveryPointLate,
  RepositoryUpkeepFailed,
  RepositoryVerified,
  WalArchiveTroubled,
} from './events/backup.js';
import {
  FailoverApprovalRequested,
  FailoverCompleted,
  FailoverDecided,
  FailoverFailed,
  EpochEnforced,
  FailoverRolledBack,
  FailoverPaused,
  FailoverPauseEnded,
  FailoverStepDone,
  FailoverStepSkipped,
  RedundancyLost,
  RedundancyRestored,
  ReplicationDegraded,
  ReplicationRestored,
} from './events/failover.js';
import { HealthDegraded, HealthRecovered, SiteLost, VantageLost } from './events/health.js';
import {
  EscalationRaised,
  NotificationAcknowledged,
  NotificationApprovalRequested,
  NotificationApproved,
  NotificationDelivered,
  NotificationFailed,
  NotificationRequested,
  NotificationsSilenced,
  NotificationTimerFired,
  UpdateOverdue,
} from './events/notifier.js';
import {
  DrillCompleted,
  RecoveryCompleted,
  RecoveryFailed,
  RecoveryPhaseDone,
  RecoveryStarted,
  RestorationCompleted,
  RestorationFailed,
  RestorationPhaseDone,
  RestorationPlanned,
} from './events/restoration.js';
import type { Message, MessageClass } from './message.js';
import {
  BackupList,
  CancelBackup,
  DrillBackup,
  PruneBackups,
  QueryBackupList,
  QueryRecoveryWindow,
  RecoveryWindow,
  RunBackup,
  VerifyBackup,
} from './requests/backup.js';
import {
  AbortFailover,
  ApproveFailover,
  PauseFailover,
  QueryFailoverPlan,
  QueryFailoverReport,
  QueryFailoverStatus,
  ResumeFailover,
  StartFailover,
} from './requests/failover.js';
import { QueryHealthStatus, SetMaintenance } from './requests/health.js';
import {
  AcknowledgeNotification,
  AnnounceMaintenance,
  ApproveNotification,
  DeliveryList,
  PostStatus,
  QueryDeliveries,
  QueryStatusPage,
  SendNotification,
  SilenceNotifications,
} from './requests/notifier.js';
import { Accepted, Done, Plan, Report } from './requests/replies.js';
import {
  AbortRestoration,
  ApproveRestoration,
  PlanRestoration,
  QueryRestorationReport,
  QueryRestorationStatus,
  Recover,
  Restore,
  StartDrill,
  StartRestoration,
} from './requests/restoration.js';

/** Every event of the house, declared once: subjects, schemas, AsyncAPI and permissions are made from this table. */
export const eventContracts: readonly EventContract[] = [
  event(HealthDegraded, 'health-monitor', {
    summary: 'part of a site does not work',
    entity: (d) => d.site,
    consumers: ['failover', 'notifier'],
    ordered: true,
  }),
  event(HealthRecovered, 'health-monitor', {
    summary: 'a site works again',
    entity: (d) => d.site,
    consumers: ['notifier'],
    ordered: true,
  }),
  event(SiteLost, 'health-monitor', {
    summary: 'a quorum of vantages finds a site lost',
    entity: (d) => d.site,
    consumers: ['failover', 'notifier'],
  }),
  event(VantageLost, 'health-monitor', {
    summary: 'a vantage no longer counts',
    entity: (d) => d.vantage,
    consumers: ['notifier'],
  }),
  event(FailoverDecided, 'failover', {
    summary: 'a verdict, with its evidence',
    entity: (d) => d.site,
    consumers: ['notifier'],
  }),
  event(FailoverApprovalRequested, 'failover', {
    summary: 'a human must say yes',
    entity: (d) => d.operationId,
    consumers: ['notifier'],
  }),
  event(FailoverStepDone, 'failover', {
    summary: 'one step is done and verified',
    entity: (d) => d.operationId,
    consumers: ['notifier'],
    ordered: true,
  }),
  event(FailoverStepSkipped, 'failover', {
    summary: 'a human went on without a failed step',
    entity: (d) => d.operationId,
    consumers: ['notifier'],
    ordered: true,
  }),
  event(FailoverPaused, 'failover', {
    summary: 'automatic failover is paused, or still is',
    entity: () => 'automation',
    consumers: ['notifier'],
  }),
  event(FailoverPauseEnded, 'failover', {
    summary: 'automatic failover is on again',
    entity: () => 'automation',
    consumers: ['notifier'],
  }),
  event(FailoverCompleted, 'failover', {
    summary: 'service runs on the target',
    entity: (d) => d.operationId,
    consumers: ['backup', 'notifier'],
  }),
  event(FailoverFailed, 'failover', {
    summary: 'stopped for a human',
    entity: (d) => d.operationId,
    consumers: ['notifier'],
  }),
  event(FailoverRolledBack, 'failover', {
    summary: 'undone: service is where it was',
    entity: (d) => d.operationId,
    consumers: ['notifier'],
  }),
  event(RedundancyLost, 'failover', {
    summary: 'no standby could take over now',
    entity: (d) => d.site,
    consumers: ['notifier'],
  }),
  event(EpochEnforced, 'failover', {
    summary: 'a second primary was stopped, or traffic sent back to where the epoch says',
    entity: (d) => d.site,
    consumers: ['notifier'],
  }),
  event(RedundancyRestored, 'failover', {
    summary: 'a standby can take over again',
    entity: (d) => d.site,
    consumers: ['notifier'],
  }),
  event(ReplicationDegraded, 'failover', {
    summary: 'commits go on without a lost synchronous standby',
    entity: (d) => d.site,
    consumers: ['notifier'],
  }),
  event(ReplicationRestored, 'failover', {
    summary: 'commits wait for every synchronous standby again',
    entity: (d) => d.site,
    consumers: ['notifier'],
  }),
  event(BackupStarted, 'backup', { summary: 'a backup has begun', entity: (d) => d.backupId, consumers: ['notifier'] }),
  event(BackupCompleted, 'backup', {
    summary: 'everything is in the store',
    entity: (d) => d.backupId,
    consumers: ['notifier'],
  }),
  event(BackupUnchanged, 'backup', {
    summary: 'nothing has changed since the backup before',
    entity: (d) => d.backupId,
    consumers: ['notifier'],
  }),
  event(BackupProgressed, 'backup', { summary: 'how far a backup is', entity: (d) => d.backupId, consumers: [] }),
  event(BackupDrilled, 'backup', {
    summary: 'a restore of it was tried, compared and timed',
    entity: (d) => d.backupId,
    consumers: ['notifier'],
  }),
  event(WalArchiveTroubled, 'backup', {
    summary: 'the WAL archive has trouble, or no longer',
    entity: (d) => d.component,
    consumers: ['notifier'],
  }),
  event(BackupFailed, 'backup', {
    summary: 'no backup came of it',
    entity: (d) => d.backupId,
    consumers: ['notifier'],
  }),
  event(BackupVerified, 'backup', { summary: 'read back whole', entity: (d) => d.backupId, consumers: ['notifier'] }),
  event(BackupReplicated, 'backup', {
    summary: 'stands in another store, read back there',
    entity: (d) => d.backupId,
    consumers: ['notifier'],
  }),
  event(RepositoryVerified, 'backup', {
    summary: 'a whole store was read back',
    entity: (d) => d.store,
    consumers: ['notifier'],
  }),
  event(BackupsPruned, 'backup', {
    summary: 'retention removed what it may',
    entity: (d) => d.store,
    consumers: ['notifier'],
  }),
  event(RepositoryUpkeepFailed, 'backup', {
    summary: 'verifying, pruning or copying could not be done',
    entity: (d) => d.operationId,
    consumers: ['notifier'],
  }),
  event(RecoveryPointAdvanced, 'backup', {
    summary: 'the latest restorable moment moved',
    entity: (d) => d.component,
    consumers: [],
    ordered: true,
  }),
  event(RecoveryPointLate, 'backup', {
    summary: 'an RPO is about to be, or is, missed',
    entity: (d) => d.component,
    consumers: ['notifier'],
  }),
  event(RecoveryStarted, 'restoration', {
    summary: 'a recovery or restore has begun',
    entity: (d) => d.operationId,
    consumers: ['notifier'],
  }),
  event(RecoveryPhaseDone, 'restoration', {
    summary: 'one phase is done',
    entity: (d) => d.operationId,
    consumers: ['notifier'],
    ordered: true,
  }),
  event(RecoveryCompleted, 'restoration', {
    summary: 'restored and looked at',
    entity: (d) => d.operationId,
    consumers: ['notifier'],
  }),
  event(RecoveryFailed, 'restoration', {
    summary: 'stopped for a human',
    entity: (d) => d.operationId,
    consumers: ['notifier'],
  }),
  event(RestorationPlanned, 'restoration', {
    summary: 'how service is brought home',
    entity: (d) => d.operationId,
    consumers: ['notifier'],
  }),
  event(RestorationPhaseDone, 'restoration', {
    summary: 'one of the five phases is done',
    entity: (d) => d.operationId,
    consumers: ['notifier'],
    ordered: true,
  }),
  event(RestorationCompleted, 'restoration', {
    summary: 'service is home',
    entity: (d) => d.operationId,
    consumers: ['backup', 'notifier'],
  }),
  event(RestorationFailed, 'restoration', {
    summary: 'stopped for a human',
    entity: (d) => d.operationId,
    consumers: ['notifier'],
  }),
  event(DrillCompleted, 'restoration', {
    summary: 'a drill ended, with what it measured',
    entity: (d) => d.drillId,
    consumers: ['notifier'],
  }),
  event(NotificationDelivered, 'notifier', {
    summary: 'a provider accepted a message',
    entity: (d) => d.incident,
    consumers: [],
  }),
  event(NotificationFailed, 'notifier', {
    summary: 'a message could not be sent',
    entity: (d) => d.incident,
    consumers: [],
  }),
  event(NotificationAcknowledged, 'notifier', {
    summary: 'a human has seen it',
    entity: (d) => d.incident,
    consumers: [],
  }),
  event(EscalationRaised, 'notifier', {
    summary: 'nobody answered: the next level is called',
    entity: (d) => d.incident,
    consumers: [],
  }),
  event(UpdateOverdue, 'notifier', { summary: 'a promised update is late', entity: (d) => d.incident, consumers: [] }),
  event(NotificationApprovalRequested, 'notifier', {
    summary: 'a text waits for a human',
    entity: (d) => d.incident,
    consumers: [],
  }),
  event(NotificationApproved, 'notifier', {
    summary: 'a human released a text',
    entity: (d) => d.incident,
    consumers: [],
  }),
  event(NotificationsSilenced, 'notifier', {
    summary: 'an audience or a channel is kept quiet',
    entity: (d) => d.silenceId,
    consumers: [],
  }),
  event(NotificationRequested, 'notifier', {
    summary: 'a human sends a message',
    entity: (d) => d.incident,
    consumers: [],
  }),
  event(NotificationTimerFired, 'notifier', {
    summary: 'the time for something has come',
    entity: (d) => d.incident,
    consumers: [],
  }),
];

/** Every command and query of the house. A service answers those it has a handler for; NATS says "no responders" for the rest. */
export const requestContracts: readonly RequestContract[] = [
  request('command', 'health-monitor', 'maintenance', SetMaintenance, Done, 'announce work on a site'),
  request('query', 'health-monitor', 'status', QueryHealthStatus, Report, 'the last state of everything'),
  request('command', 'failover', 'start', StartFailover, Accepted, 'move service to another site', Plan),
  request('command', 'failover', 'approve', ApproveFailover, Done, 'say yes to a waiting failover'),
  request('command', 'failover', 'abort', AbortFailover, Done, 'stop a failover before its point of no return'),
  request('command', 'failover', 'pause', PauseFailover, Done, 'stop automatic failover for a while'),
  request('command', 'failover', 'resume', ResumeFailover, Done, 'end a pause, or let a stopped failover go on'),
  request('query', 'failover', 'status', QueryFailoverStatus, Report, 'epoch, active site, operations, pause'),
  request('query', 'failover', 'plan', QueryFailoverPlan, Plan, 'what a failover would change'),
  request('query', 'failover', 'report', QueryFailoverReport, Report, 'the outcome of one move, with its evidence'),
  request('command', 'backup', 'run', RunBackup, Accepted, 'take a backup now'),
  request('command', 'backup', 'cancel', CancelBackup, Done, 'end a backup that runs'),
  request('command', 'backup', 'drill', DrillBackup, Accepted, 'try a restore aside, compare and time it'),
  request('command', 'backup', 'verify', VerifyBackup, Accepted, 'read a backup back'),
  request('command', 'backup', 'prune', PruneBackups, Accepted, 'remove what retention no longer asks for', Plan),
  request('query', 'backup', 'list', QueryBackupList, BackupList, 'the backups that can be restored'),
  request('query', 'backup', 'recovery-window', QueryRecoveryWindow, RecoveryWindow, 'the moments that can be reached'),
  request('command', 'restoration', 'recover', Recover, Accepted, 'recover by a scenario', Plan),
  request('command', 'restoration', 'restore', Restore, Accepted, 'restore one component to a place of its own'),
  request('command', 'restoration', 'plan', PlanRestoration, Plan, 'how service would be brought home'),
  request('command', 'restoration', 'start', StartRestoration, Accepted, 'bring service home', Plan),
  request('command', 'restoration', 'drill', StartDrill, Accepted, 'run a drill'),
  request('command', 'restoration', 'approve', ApproveRestoration, Done, 'say yes to a waiting restoration'),
  request('command', 'restoration', 'abort', AbortRestoration, Done, 'stop a restoration'),
  request('query', 'restoration', 'status', QueryRestorationStatus, Report, 'operations and their phases'),
  request('query', 'restoration', 'report', QueryRestorationReport, Report, 'an operation, with what it measured'),
  request('command', 'notifier', 'acknowledge', AcknowledgeNotification, Done, 'a human has seen it'),
  request('command', 'notifier', 'silence', SilenceNotifications, Done, 'keep an audience or channel quiet'),
  request('command', 'notifier', 'send', SendNotification, Done, 'send a message by hand'),
  request('command', 'notifier', 'approve', ApproveNotification, Done, 'release a text to customers'),
  request('command', 'notifier', 'post', PostStatus, Done, 'say something on the status page'),
  request('command', 'notifier', 'maintenance', AnnounceMaintenance, Done, 'announce work on the status page'),
  request('query', 'notifier', 'deliveries', QueryDeliveries, DeliveryList, 'the ledger of messages'),
  request('query', 'notifier', 'status-page', QueryStatusPage, Report, 'what the status page says now'),
];

const byClass = new Map<unknown, Contract>(
  [...eventContracts, ...requestContracts].map((contract) => [contract.class, contract]),
);
const byType = new Map(eventContracts.map((contract) => [contract.type, contract]));

/** The contract of a message class. @throws DrError INTERNAL for a class that is not in the registry. */
export function contractOf(type: MessageClass<Message>): Contract {
  const contract = byClass.get(type);
  if (contract === undefined) throw new DrError('INTERNAL', `message class ${type.name} is not in the registry`);
  return contract;
}

/** The contract of a `ce-type`, undefined for one this build does not know. */
export function eventContractByType(type: string): EventContract | undefined {
  return byType.get(type);
}
