export { type EndpointOrder, type EndpointSwitch, endpointSwitch } from './endpoints/endpoint-switch.js';
export { packageHint } from './command/packages.js';
export { type PollOptions, pollUntil } from './command/poll.js';
export { findOnPath, findPrograms, type Programs, requireProgram } from './command/programs.js';
export { type CommandOptions, type CommandResult, runCommand, type RunAs } from './command/run-command.js';
export { shellQuote } from './command/shell-quote.js';
export { type HttpAnswer, httpRequest, type HttpRequestOptions } from './http/http-request.js';
export { type CallOptions, type PostgresAccess } from './postgres/access.js';
export {
  type BaseBackup,
  type BaseBackupFile,
  type BaseBackupOptions,
  parseBackupManifest,
} from './postgres/base-backup.js';
export {
  type Choice,
  chooseStandby,
  type ChooseStandbyPolicy,
  type Durability,
  type ExclusionReason,
  type StandbyCandidate,
} from './postgres/choose-standby.js';
export {
  databasesFile,
  type DumpedDatabase,
  globalsFile,
  type LogicalDump,
  type LogicalDumpOptions,
} from './postgres/logical-dump.js';
export { type EmptyScratchOptions, startEmptyScratch } from './postgres/empty-scratch.js';
export { logicalRestore, type LogicalRestoreOptions } from './postgres/logical-restore.js';
export { type ClosedState, type EpochHolder, noStandby } from './postgres/closed-promotion.js';
export { conninfo, type ReplicationSource } from './postgres/conninfo.js';
export { type ControlData } from './postgres/control-data.js';
export { becomeStandby, emptyDataDirectory } from './postgres/data-directory.js';
export { extractTar, type ExtractOptions } from './postgres/extract.js';
export { compareWithManifest } from './postgres/unpack/compare-with-manifest.js';
export { type LaidFile } from './postgres/unpack/lay-out-files.js';
export { unpackTar, type UnpackOptions } from './postgres/unpack/unpack-tar.js';
export { type Heartbeat, type StoredEpoch } from './postgres/fencing-table.js';
export {
  compareLsn,
  defaultSegmentBytes,
  formatLsn,
  greatestLsn,
  type Lsn,
  lsnDiffBytes,
  parseLsn,
  walFileName,
} from './postgres/lsn.js';
export { type OrphanedRows, type OrphanedWork } from './postgres/orphan-report.js';
export { type OrphanedCommit } from './postgres/parse-commits.js';
export { PostgresMember, type PostgresMemberOptions } from './postgres/postgres-member.js';
export {
  commandControl,
  type CommandControlOptions,
  localControl,
  type LocalControlOptions,
  type ProcessControl,
  runningPostmaster,
  type StopMode,
} from './postgres/process-control.js';
export { databasesBehind, type RoutedDatabase, routedDatabases, unroutedDatabases } from './estate/routed-databases.js';
export { type BranchPoint, type DataLine, descent } from './postgres/ancestry.js';
export { type Promotion } from './postgres/promotion.js';
export { parseTimelineHistory, type StatusWithLine } from './postgres/timeline-history.js';
export { majorOf, requireServerFor, requireToolsFor, toolsMajor } from './postgres/tools-version.js';
export { type MadeTablespace, madeTablespaces, type WalFolder } from './postgres/made-tablespaces.js';
export { combineBackups, type CombineOptions } from './postgres/combine-backups.js';
export { blockIncrementsSince, summariesMissing, type WalSummaries } from './postgres/wal-summaries.js';
export { walChanges, type WalChanges, type WalChangesOptions } from './postgres/wal-changes.js';
export { ReceiveWal, type ReceiveWalOptions } from './postgres/receive-wal.js';
export { type ReceiverSettings } from './postgres/receiver.js';
export { type RejoinSource, type Rewind, type RewindOptions } from './postgres/rejoin.js';
export {
  recoveryTargetTimeSetting,
  type ScratchOptions,
  type ScratchServer,
  startScratch,
} from './postgres/scratch.js';
export { alwaysWaitedFor, parseSynchronousStandbyNames, synchronousStandbyNames } from './postgres/settings.js';
export { type ReplicationSlot } from './postgres/slots.js';
export { type PostgresStatus, type ReplicationLink } from './postgres/status.js';
export {
  type BackendServer,
  HaproxyRuntime,
  type HaproxyRuntimeOptions,
  type ServerState,
  type ServerSessions,
} from './haproxy/haproxy-runtime.js';
export { type RuntimeEndpoint } from './haproxy/runtime-api.js';
export { epochMarkIn } from './postgres/epoch-mark.js';
export { DnsZone, type DnsZoneOptions, type RecordChange } from './dns/dns-zone.js';
export { type TsigKeyOptions } from './dns/tsig.js';
export { type RecordType } from './dns/wire.js';
export { databaseMembers, memberControl, replicationSource, slotName } from './estate/database-members.js';
export { encryptionSecrets } from './estate/encryption-secrets.js';
export { objectStores } from './estate/object-stores.js';
export { estateCommand, type EstateContext, estatePath } from './estate/estate-context.js';
export {
  followingBackends,
  type FollowingBackend,
  followingRecords,
  type FollowingRecord,
} from './estate/routing-targets.js';
export {
  type ApplicationSwitch,
  applicationSwitch,
  type DrMode,
  type ModeOrder,
} from './applications/application-switch.js';
export { type PowerSwitch, powerSwitch } from './power/power-switch.js';
export { callWebhook, type WebhookCall, type WebhookTarget } from './webhook/webhook.js';
export { cacheMembers } from './estate/cache-members.js';
export { type RedisAccess } from './redis/connection.js';
export { RedisMember, type RedisMemberOptions, type RedisStatus } from './redis/redis-member.js';
export { FileStore, type FileStoreOptions } from './file-store/file-store.js';
export { LimitedStore } from './limited-store/limited-store.js';
export { S3Store, type S3StoreOptions } from './s3/s3-store.js';
export { startScratchRedis, type ScratchRedis, type ScratchRedisOptions } from './redis/scratch.js';
