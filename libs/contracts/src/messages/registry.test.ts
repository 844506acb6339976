import { eventSubject, requestSubject } from '../subjects/subjects.js';
import { SiteLost } from './events/health.js';
import { replyClassOf } from './contract.js';
import { contractOf, eventContractByType, eventContracts, requestContracts } from './registry.js';
import { StartFailover } from './requests/failover.js';
import { Accepted, Plan } from './requests/replies.js';
import { serviceNames } from './service-name.js';

describe('the registry', () => {
  it('declares each event once, under the name its class has', () => {
    const types = eventContracts.map((contract) => contract.type);
    expect(new Set(types).size).toBe(types.length);
    for (const contract of eventContracts) {
      expect(contract.type).toBe(`io.novacron.dr.${contract.class.name}.v${contract.version}`);
      expect(eventContractByType(contract.type)).toBe(contract);
      expect(contractOf(contract.class)).toBe(contract);
    }
  });

  it('declares each command and query once', () => {
    const subjects = requestContracts.map((contract) => requestSubject('novacron', contract));
    expect(new Set(subjects).size).toBe(subjects.length);
    expect(new Set(requestContracts.map((contract) => contract.class)).size).toBe(requestContracts.length);
  });

  it('answers a dry run with what would be done', () => {
    const start = requestContracts.find((contract) => contract.class === StartFailover);
    expect(start && replyClassOf(start, { dryRun: true })).toBe(Plan);
    expect(start && replyClassOf(start, { dryRun: false })).toBe(Accepted);
    expect(start && replyClassOf(start, {})).toBe(Accepted);
  });

  it('names only services of the house, and every event of the design', () => {
    const names = eventContracts.map((contract) => contract.name);
    for (const contract of eventContracts) {
      for (const service of [contract.service, ...contract.consumers]) expect(serviceNames).toContain(service);
    }
    const ofTheDesign =
      'HealthDegraded HealthRecovered SiteLost VantageLost FailoverDecided FailoverApprovalRequested FailoverPaused FailoverPauseEnded FailoverStepDone FailoverStepSkipped FailoverCompleted FailoverFailed ' +
      'FailoverRolledBack EpochEnforced RedundancyLost RedundancyRestored ReplicationDegraded ReplicationRestored BackupStarted BackupCompleted BackupFailed BackupVerified BackupReplicated BackupUnchanged BackupProgressed BackupDrilled WalArchiveTroubled BackupsPruned RepositoryVerified RepositoryUpkeepFailed RecoveryPointAdvanced RecoveryPointLate RecoveryStarted ' +
      'RecoveryPhaseDone RecoveryCompleted RecoveryFailed RestorationPlanned RestorationPhaseDone RestorationCompleted RestorationFailed DrillCompleted ' +
      'NotificationDelivered NotificationFailed NotificationAcknowledged EscalationRaised UpdateOverdue ' +
      'NotificationApprovalRequested NotificationApproved NotificationRequested NotificationsSilenced NotificationTimerFired';
    expect(names.toSorted()).toEqual(ofTheDesign.split(' ').toSorted());
  });

  it('gives the subjects of the design', () => {
    const lost = eventContractByType('io.novacron.dr.SiteLost.v1');
    expect(lost?.class).toBe(SiteLost);
    expect(lost && eventSubject('novacron', lost, 'primary')).toBe(
      'dr.novacron.event.health-monitor.site-lost.primary',
    );
    const start = contractOf(StartFailover);
    expect(start.kind !== 'event' && requestSubject('novacron', start)).toBe('dr.novacron.command.failover.start');
  });

  it('makes one token of whatever an entity is called', () => {
    const lost = eventContracts[0];
    expect(lost && eventSubject('novacron', lost, 'a.b >*\n')).toMatch(/\.a_b_$/u);
    expect(lost && eventSubject('novacron', lost, '')).toMatch(/\._$/u);
  });
});
