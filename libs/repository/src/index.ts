export { derivedKey, type Keyring, parseKeyring } from './sealing/keyring.js';
export { defaultFrameSizeBytes, Seal, sealBytes, type SealedInfo, sealedSizeBytes } from './sealing/seal.js';
export { Open, openBytes } from './sealing/open.js';
export { backupIdAt, backupIdPattern } from './manifest/backup-id.js';
export {
  type BackupDraft,
  BackupManifest,
  type ComponentKind,
  componentKinds,
  ManifestComponent,
  ManifestObject,
  ManifestTablespace,
  objectsOf,
} from './manifest/backup-manifest.js';
export { type IncrementChain, incrementChain, isServerCopy } from './manifest/increment-chain.js';
export { canonicalJson } from './manifest/canonical-json.js';
export { chainProblems } from './manifest/chain.js';
export { documentSha256 } from './manifest/signature.js';
export { BackupMark, type BackupMarkDraft, type BackupMarkName, backupMarks } from './catalog/backup-mark.js';
export { type BackupState, backupState } from './catalog/backup-state.js';
export { Catalog, type CatalogEntry, type CatalogListing, manifestsOf } from './catalog/catalog.js';
export { manifestKey, objectKey } from './catalog/layout.js';
export { chooseWindow, type RecoveryWindow, type RecoveryWindows, recoveryWindows } from './catalog/recovery-window.js';
export { checkObject, openObjectInto } from './objects/open-object.js';
export { readObject } from './objects/read-object.js';
export { type KeptHeader, storeFile, type StoreFileOptions } from './objects/store-file.js';
export { describeObject, storeObject, type StoreObjectOptions } from './objects/store-object.js';
export { formatLsn, type Lsn, parseLsn } from './wal/lsn.js';
export { defaultSegmentSizeBytes, parseSegmentName, type Segment, segmentAt, segmentName } from './wal/segment.js';
export { parseTimelineHistory, type TimelineStretch } from './wal/timeline-history.js';
export {
  contiguousUntil,
  type LsnRange,
  newestTimeline,
  type Reach,
  type SegmentState,
  segmentStates,
  type WalIndex,
} from './wal/coverage.js';
export { WalArchive, type WalArchiveOptions } from './wal/wal-archive.js';
export { type CompactionReport, compactWal } from './wal/compact-wal.js';
export { type FetchedWal, fetchWal, type FetchWalOptions } from './wal/fetch-wal.js';
export { type VerifiedObject, verifyBackup, type VerifyOptions, type VerifyReport } from './verify/verify-backup.js';
export { planRetention, type RetentionPlan, type Verdict } from './retention/plan-retention.js';
export { type PrunableStore, type PruneReport } from './retention/prune-store.js';
export { type RetentionPolicy } from './retention/retention-policy.js';
export { type VerifyShare } from './verify/sample.js';
export { storeDamaged, type StoreReport, type VerifyStoreOptions } from './verify/verify-store.js';
export { replicateBackup, type ReplicateOptions, type ReplicationReport } from './replicate/replicate-backup.js';
export { replicateWal, type WalReplicationReport } from './replicate/replicate-wal.js';
export { openRepository, Repository } from './repository.js';
