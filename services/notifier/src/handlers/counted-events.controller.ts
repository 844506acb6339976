import { Controller } from '@nestjs/common';
import { EventPattern } from '@nestjs/microservices';
import {
  BackupCompleted,
  BackupDrilled,
  BackupFailed,
  BackupReplicated,
  BackupStarted,
  BackupUnchanged,
  BackupVerified,
  BackupsPruned,
  DrillCompleted,
  FailoverApprovalRequested,
  FailoverPaused,
  FailoverPauseEnded,
  FailoverStepSkipped,
  RecoveryCompleted,
  RecoveryFailed,
  RecoveryPhaseDone,
  RecoveryPointLate,
  RecoveryStarted,
  EpochEnforced,
  RedundancyLost,
  RedundancyRestored,
  ReplicationDegraded,
  ReplicationRestored,
  RepositoryUpkeepFailed,
  RepositoryVerified,
  VantageLost,
  WalArchiveTroubled,
  type Delivered,
} from '@novacron/contracts';
import { NotifierMetrics } from '../notifier-metrics.js';

/** Events that nobody outside is told of: they are counted, so that the figures show how often each occurs. What some of them ask of us is
 * told as a duty (`conversation/duties.ts`). */
@Controller()
export class CountedEvents {
  constructor(private readonly metrics: NotifierMetrics) {}

  @EventPattern(VantageLost)
  vantageLost(event: Delivered<VantageLost>): void {
    this.count(event);
  }

  @EventPattern(FailoverApprovalRequested)
  failoverApprovalRequested(event: Delivered<FailoverApprovalRequested>): void {
    this.count(event);
  }

  @EventPattern(FailoverPaused)
  failoverPaused(event: Delivered<FailoverPaused>): void {
    this.count(event);
  }

  @EventPattern(FailoverPauseEnded)
  failoverPauseEnded(event: Delivered<FailoverPauseEnded>): void {
    this.count(event);
  }

  @EventPattern(FailoverStepSkipped)
  failoverStepSkipped(event: Delivered<FailoverStepSkipped>): void {
    this.count(event);
  }

  @EventPattern(EpochEnforced)
  epochEnforced(event: Delivered<EpochEnforced>): void {
    this.count(event);
  }

  @EventPattern(RedundancyLost)
  redundancyLost(event: Delivered<RedundancyLost>): void {
    this.count(event);
  }

  @EventPattern(RedundancyRestored)
  redundancyRestored(event: Delivered<RedundancyRestored>): void {
    this.count(event);
  }

  @EventPattern(ReplicationDegraded)
  replicationDegraded(event: Delivered<ReplicationDegraded>): void {
    this.count(event);
  }

  @EventPattern(ReplicationRestored)
  replicationRestored(event: Delivered<ReplicationRestored>): void {
    this.count(event);
  }

  @EventPattern(BackupStarted)
  backupStarted(event: Delivered<BackupStarted>): void {
    this.count(event);
  }

  @EventPattern(BackupCompleted)
  backupCompleted(event: Delivered<BackupCompleted>): void {
    this.count(event);
  }

  @EventPattern(BackupFailed)
  backupFailed(event: Delivered<BackupFailed>): void {
    this.count(event);
  }

  @EventPattern(BackupVerified)
  backupVerified(event: Delivered<BackupVerified>): void {
    this.count(event);
  }

  @EventPattern(BackupReplicated)
  backupReplicated(event: Delivered<BackupReplicated>): void {
    this.count(event);
  }

  @EventPattern(BackupUnchanged)
  backupUnchanged(event: Delivered<BackupUnchanged>): void {
    this.count(event);
  }

  @EventPattern(BackupDrilled)
  backupDrilled(event: Delivered<BackupDrilled>): void {
    this.count(event);
  }

  @EventPattern(WalArchiveTroubled)
  walArchiveTroubled(event: Delivered<WalArchiveTroubled>): void {
    this.count(event);
  }

  @EventPattern(RepositoryVerified)
  repositoryVerified(event: Delivered<RepositoryVerified>): void {
    this.count(event);
  }

  @EventPattern(RepositoryUpkeepFailed)
  repositoryUpkeepFailed(event: Delivered<RepositoryUpkeepFailed>): void {
    this.count(event);
  }

  @EventPattern(BackupsPruned)
  backupsPruned(event: Delivered<BackupsPruned>): void {
    this.count(event);
  }

  @EventPattern(RecoveryPointLate)
  recoveryPointLate(event: Delivered<RecoveryPointLate>): void {
    this.count(event);
  }

  @EventPattern(RecoveryStarted)
  recoveryStarted(event: Delivered<RecoveryStarted>): void {
    this.count(event);
  }

  @EventPattern(RecoveryPhaseDone)
  recoveryPhaseDone(event: Delivered<RecoveryPhaseDone>): void {
    this.count(event);
  }

  @EventPattern(RecoveryCompleted)
  recoveryCompleted(event: Delivered<RecoveryCompleted>): void {
    this.count(event);
  }

  @EventPattern(RecoveryFailed)
  recoveryFailed(event: Delivered<RecoveryFailed>): void {
    this.count(event);
  }

  @EventPattern(DrillCompleted)
  drillCompleted(event: Delivered<DrillCompleted>): void {
    this.count(event);
  }

  private count(event: Delivered): void {
    this.metrics.events.inc({ event: event.data.constructor.name });
  }
}
