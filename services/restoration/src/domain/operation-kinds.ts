/** The names under which this service's runbooks are started and shown. */
export const runbookNames = { restore: 'restore', restoreCache: 'restore-cache', restoration: 'restoration' } as const;

/** The engine's ids carry a runbook's name; a restore's begin alike whatever is restored. */
export function isRestore(runbook: string): boolean {
  return runbook === runbookNames.restore || runbook === runbookNames.restoreCache;
}
