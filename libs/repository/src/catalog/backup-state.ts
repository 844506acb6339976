import type { CatalogEntry } from './catalog.js';

/** `completed`: all objects are there. `verified`: and were read back. `restored`: and a restore from them was proved. */
export type BackupState = 'completed' | 'verified' | 'restored' | 'damaged';

/**
 * What the evidence says of a backup: `damaged` when its manifest cannot be trusted, or when a check found it bad and none has
 * found it whole since. A restore vouches for what it read, which is one component: it stands in for no check.
 */
export function backupState({ manifest, marks }: Pick<CatalogEntry, 'manifest' | 'marks'>): BackupState {
  if (manifest === undefined) return 'damaged';
  const checks = marks
    .filter(({ mark }) => mark !== 'replicated' && mark !== 'expired' && mark !== 'drilled')
    .sort((a, b) => Date.parse(a.at) - Date.parse(b.at))
    .map(({ mark }) => mark);
  const refuted = checks.lastIndexOf('refuted');
  const since = checks.slice(refuted + 1);
  if (!since.includes('verified')) return refuted === -1 ? 'completed' : 'damaged';
  return since.includes('restored') ? 'restored' : 'verified';
}
