import type { CatalogEntry } from './catalog.js';

/** `completed`: all objects are there. `verified`: and were read back. `restored`: and a restore was proved. */
export type BackupState = 'completed' | 'verified' | 'restored' | 'damaged';

/** What the evidence says of a backup: `damaged` when its manifest cannot be trusted or its last check found it bad. */
export function backupState({ manifest, marks }: Pick<CatalogEntry, 'manifest' | 'marks'>): BackupState {
  if (manifest === undefined) return 'damaged';
  const checks = marks
    .filter(({ mark }) => mark !== 'replicated' && mark !== 'expired' && mark !== 'drilled')
    .sort((a, b) => Date.parse(a.at) - Date.parse(b.at))
    .map(({ mark }) => mark);
  const refuted = checks.lastIndexOf('refuted');
  if (refuted !== -1 && refuted === checks.length - 1) return 'damaged';
  const since = checks.slice(refuted + 1);
  if (since.includes('restored')) return 'restored';
  return since.includes('verified') ? 'verified' : 'completed';
}
