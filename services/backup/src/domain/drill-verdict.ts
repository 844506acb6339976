import { DrError } from '@novacron/contracts';

/** What a restore aside has shown. */
export interface DrillEvidence {
  readonly structure: string | undefined;
  /** The heartbeat that was on the server when the drill began. */
  readonly heartbeatExpected: number;
  /** The one in the restored database; undefined when it has none. */
  readonly heartbeatFound: number | undefined;
  readonly durationMs: number;
  readonly rtoMs: number;
}

/**
 * Whether the restore proved its backup: every table and index was read and found sound, and what was written before the drill is
 * there. That it took longer than the RTO allows is said, and is no failure of the backup.
 * @throws DrError VERIFY_FAILED, PRECONDITION_FAILED where the structure could not be looked at.
 */
export function drillVerdict(evidence: DrillEvidence): {
  readonly withinRto: boolean;
  readonly heartbeatFound: number;
} {
  const { structure, heartbeatExpected, heartbeatFound, durationMs, rtoMs } = evidence;
  if (structure !== 'clean') {
    throw new DrError('PRECONDITION_FAILED', 'the restored tables and indexes could not be checked', {
      retryable: false,
      hint: 'install the extension amcheck where restoration runs: it comes with the package postgresql',
    });
  }
  if (heartbeatFound === undefined || heartbeatFound < heartbeatExpected) {
    const found = heartbeatFound === undefined ? 'none' : `heartbeat ${heartbeatFound}`;
    throw new DrError('VERIFY_FAILED', `heartbeat ${heartbeatExpected} was written before, ${found} came back`, {
      retryable: false,
      hint: 'look for a gap with query.backup.recovery-window, and verify the store',
    });
  }
  return { withinRto: durationMs <= rtoMs, heartbeatFound };
}
