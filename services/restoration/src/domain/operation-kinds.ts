/** The names under which this service's runbooks are started and shown. */
export const runbookNames = {
  restore: 'restore',
  restoreDump: 'restore-dump',
  restoreCache: 'restore-cache',
  restoration: 'restoration',
} as const;

const restores: readonly string[] = [runbookNames.restore, runbookNames.restoreDump, runbookNames.restoreCache];

/** The engine's ids carry a runbook's name; a restore's begin alike whatever is restored. */
export function isRestore(runbook: string): boolean {
  return restores.includes(runbook);
}
