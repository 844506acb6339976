/** What the drill measured, filled in by its phases; a phase reads only what an earlier one has set. */
export interface Findings {
  homeSite: string;
  standInSite?: string;
  backup?: { backupId: string; sizeBytes: number; durationMs: number; verified: boolean; restored: boolean };
  /** Rows known to be committed before the backup began. */
  rowsBeforeBackup?: number;
  killedAt?: number;
  failoverOperation?: string;
  decidedAt?: number;
  outage?: { lastBeforeAt: number; firstAfterAt: number };
  acknowledgedRows?: number;
  lostRows?: number;
  oldestLostAt?: number;
  pitr?: { targetTime: string; rowsExpected: number; rowsFound: number };
  failback?: { durationMs: number; operationId: string; rejoin: string };
  notifications?: { planned: number; delivered: number; failed: number };
}

/** The value a phase needs from an earlier one. @throws Error when that phase failed and the value is missing. */
export function needed<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new Error(`${what} is not known, because an earlier phase failed`);
  return value;
}
