import type { StepContext } from '@novacron/operations';
import { DrError } from '@novacron/contracts';
import type { RestorePoint } from '../../domain/restore-point.js';

/** A server's files, a dump of one of its databases, or the dump of a cache. */
export type RestoreKind = 'postgres' | 'postgres-dump' | 'redis';

/** What a restore was started with; kept in its first journal record. */
export interface RestoreParams {
  readonly component: string;
  readonly kind: RestoreKind;
  /** Chosen before anything began: what cannot be reached was refused. */
  readonly point: RestorePoint;
  readonly query?: string;
  readonly keep: boolean;
  /** Where tablespaces are to lie, by oid: those that are not here lie beside the data. */
  readonly tablespaces?: Readonly<Record<string, string>>;
  /** Of a logical backup: the database in it, and the tables of it that are wanted. */
  readonly database?: string;
  readonly tables?: readonly string[];
}

/** What each step leaves in the journal for those after it and for the report. */
export interface RestoreResults {
  'choose-backup': {
    readonly backupId: string;
    readonly store: string;
    readonly completedAt: string;
    readonly sizeBytes: number;
    readonly targetTime?: string;
  };
  'fetch-backup': { readonly files: number; readonly plainSizeBytes: number };
  'fetch-wal': { readonly segments: number; readonly untilLsn?: string };
  recover: {
    readonly port: number;
    readonly pid: number;
    readonly recoveredLsn: string;
    readonly lastCommitAt?: string;
    readonly durationMs: number;
  };
  verify: {
    readonly port: number;
    readonly recoveredLsn: string;
    readonly recoveredTo: string;
    readonly structure: 'clean' | 'not-checked';
    readonly rows?: readonly Record<string, unknown>[];
    readonly rowCount?: number;
    /** The newest heartbeat of the control plane in the restored data. */
    readonly lastHeartbeatAt?: string;
    readonly provedAt: string;
  };
  'load-cache': {
    readonly port: number;
    readonly keys: number;
    readonly keysInDump: number;
    readonly provedAt: string;
  };
  'load-dump': {
    readonly port: number;
    readonly pid: number;
    readonly database: string;
    readonly structure: 'clean' | 'not-checked';
    readonly rows?: readonly Record<string, unknown>[];
    readonly rowCount?: number;
    readonly provedAt: string;
  };
  'mark-restored': { readonly marked: boolean };
  release: { readonly kept: boolean };
}

/** @throws DrError INTERNAL when the step has not run: the runbook has it in the wrong place. */
export function restoreResult<K extends keyof RestoreResults>(
  context: Pick<StepContext<RestoreParams>, 'results'>,
  step: K,
): RestoreResults[K] {
  const result = context.results.get(step);
  if (result === undefined) throw new DrError('INTERNAL', `step ${step} has left no result`);
  return result as RestoreResults[K];
}
