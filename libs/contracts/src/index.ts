export { type ErrorCode, type ErrorCodeEntry, errorCodes } from './errors/error-codes.js';
export { DrError, type DrErrorOptions, type ErrorReply, type ProblemDetail } from './errors/dr-error.js';
export { type Fields, Message, type MessageClass } from './messages/message.js';
export { type ServiceName, serviceNames } from './messages/service-name.js';
export {
  type Contract,
  type EventContract,
  kebabCase,
  replyClassOf,
  type RequestContract,
} from './messages/contract.js';
export { type Delivered } from './messages/delivered.js';
export { type Strictness } from './messages/valid-instance.js';
export { validate } from './messages/validate.js';
export type {
  CopyOptions,
  LocalObjects,
  ObjectInfo,
  ObjectStore,
  PutOptions,
  StoreCapabilities,
  StoredHow,
  UnfinishedWrite,
} from './ports/object-store.js';
export {
  deadLetterSubject,
  durableName,
  eventFilter,
  eventSubject,
  ledgerFilter,
  ledgerSealSubject,
  ledgerSubject,
  notificationFilter,
  notificationSubject,
  observationSubject,
  operationSubject,
  replicasToken,
  requestSubject,
  timerChannel,
  timerSubject,
  steadyToken,
  token,
} from './subjects/subjects.js';
export { type BucketContract, buckets, maxLeaseMs, type StreamContract, streams } from './subjects/streams.js';
export {
  CheckEvidence,
  checkStates,
  HealthDegraded,
  HealthRecovered,
  Observation,
  PhaseTimings,
  ReplicaPresence,
  SiteLost,
  SteadyObservations,
  SteadySample,
  VantageLost,
  LastWord,
  type CheckState,
} from './messages/events/health.js';
export {
  DecisionEvidence,
  AffectedTier,
  FailoverApprovalRequested,
  FailoverCompleted,
  FailoverDecided,
  FailoverFailed,
  FailoverRolledBack,
  FailoverPaused,
  FailoverPauseEnded,
  FailoverStepDone,
  FailoverStepSkipped,
  RecoveryTime,
  RedundancyLost,
  RedundancyRestored,
  EpochCorrection,
  EpochEnforced,
  ReplicationDegraded,
  ReplicationRestored,
  StandbyProblem,
  type VerdictAction,
  fenceLevels,
  type FenceLevel,
} from './messages/events/failover.js';
export {
  archiveFaults,
  BackupCompleted,
  BackupDrilled,
  BackupFailed,
  backupForms,
  backupKinds,
  BackupPart,
  BackupProgressed,
  BackupReplicated,
  BackupsPruned,
  RepositoryUpkeepFailed,
  RepositoryVerified,
  StoreProblem,
  BackupStarted,
  BackupUnchanged,
  BackupVerified,
  RecoveryPointAdvanced,
  RecoveryPointLate,
  WalArchiveTroubled,
  type BackupForm,
  type BackupKind,
} from './messages/events/backup.js';
export {
  DrillCompleted,
  RecoveryCompleted,
  RecoveryFailed,
  RecoveryPhaseDone,
  RecoveryStarted,
  recoveryTypes,
  RestorationCompleted,
  RestorationFailed,
  RestorationPhaseDone,
  RestorationPlanned,
  type RecoveryType,
} from './messages/events/restoration.js';
export {
  EscalationRaised,
  NotificationAcknowledged,
  NotificationApprovalRequested,
  NotificationApproved,
  NotificationDelivered,
  NotificationFailed,
  NotificationRequested,
  NotificationsSilenced,
  NotificationTimerFired,
  notificationTimerKinds,
  type NotificationTimerKind,
  UpdateOverdue,
} from './messages/events/notifier.js';
export { Accepted, Done, Plan, PlannedStep, Report } from './messages/requests/replies.js';
export { QueryHealthStatus, SetMaintenance } from './messages/requests/health.js';
export {
  AbortFailover,
  ApproveFailover,
  failoverModes,
  PauseFailover,
  QueryFailoverPlan,
  QueryFailoverReport,
  QueryFailoverStatus,
  ResumeFailover,
  StartFailover,
  type FailoverMode,
} from './messages/requests/failover.js';
export {
  BackupList,
  BackupSummary,
  CancelBackup,
  DrillBackup,
  PruneBackups,
  QueryBackupList,
  QueryRecoveryWindow,
  RecoverySpan,
  RecoveryWindow,
  RunBackup,
  VerifyBackup,
} from './messages/requests/backup.js';
export {
  AbortRestoration,
  ApproveRestoration,
  PlanRestoration,
  QueryRestorationReport,
  QueryRestorationStatus,
  Recover,
  Restore,
  TablespacePlace,
  StartDrill,
  StartRestoration,
} from './messages/requests/restoration.js';
export {
  AcknowledgeNotification,
  AnnounceMaintenance,
  ApproveNotification,
  Delivery,
  DeliveryList,
  deliveryStates,
  QueryDeliveries,
  PostStatus,
  QueryStatusPage,
  SendNotification,
  SilenceNotifications,
  type DeliveryState,
  type PublicStatus,
  publicStatuses,
} from './messages/requests/notifier.js';
export { contractOf, eventContractByType, eventContracts, requestContracts } from './messages/registry.js';
export { leaseTimes } from './estate/check-fences.js';
export { durationMs, isDuration } from './estate/duration.js';
export { isSecretRef, type SecretRef } from './estate/fields.js';
export {
  automationLevels,
  Objective,
  Objectives,
  RecoveryEstimate,
  Service,
  Site,
  siteRoles,
  Tier,
  type AutomationLevel,
} from './estate/objectives.js';
export {
  Backup,
  BackupHook,
  Blackout,
  Cache,
  Cluster,
  Compression,
  Database,
  FileTree,
  Image,
  Login,
  Member,
  ProcessControl,
  ReplicationLink,
  ReplicationLogin,
  Schedule,
  SecretSource,
  weekdays,
} from './estate/data.js';
export { AllowList, CommandSecret, Webhook } from './estate/actions.js';
export { Encryption, EncryptionKey, KmsKey, RepositorySettings, Retention, Store } from './estate/repository.js';
export {
  Cdn,
  Endpoint,
  DnsRecord,
  DnsZoneSettings,
  LoadBalancer,
  LoadBalancerBackend,
  Routing,
  RuntimeEndpoint,
  SiteTarget,
  TsigKey,
} from './estate/routing.js';
export { SmokeTest, smokeTestKinds, TargetRequirements } from './estate/failover-checks.js';
export { fieldsOfKind } from './estate/health-problems.js';
export { Check, checkKinds, checkRoles, JsonExpectation, Resolver, type CheckKind } from './estate/checks.js';
export {
  Failover,
  failoverConditions,
  FailoverRule,
  FailureWindow,
  FlappingRule,
  Health,
  HealthRules,
  RestorationPhasePlan,
  RestorationSettings,
  SiteApplications,
  SiteFence,
  Vantage,
  WriteLease,
  type FailoverCondition,
} from './estate/health.js';
export {
  Audience,
  Channel,
  channelKinds,
  Communication,
  Contact,
  DeadManSwitch,
  DrillPlan,
  EscalationLevel,
  Rotation,
  RotationOverride,
  RunbookSettings,
  StormLimits,
  TemplateText,
  TextApproval,
  type ChannelKind,
} from './estate/communication.js';
export {
  isPlaceholder,
  type Placeholder,
  type PlaceholderKind,
  placeholderKinds,
  type PlaceholderTexts,
  templateContracts,
  type TemplateName,
} from './estate/templates/placeholders.js';
export { substitute } from './estate/templates/template-source.js';
export { type TemplateProblem, templateProblems } from './estate/templates/template-problems.js';
export { StatusComponent, StatusGroup, StatusPage, StatusPlace, StatusSubscriptions } from './estate/status-page.js';
export { Estate } from './estate/estate.js';
export { parseEstate, type EstateProblem, type ParsedEstate } from './estate/parse-estate.js';
