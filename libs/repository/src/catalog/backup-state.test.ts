import type { BackupManifest } from '../manifest/backup-manifest.js';
import type { BackupMark, BackupMarkName } from './backup-mark.js';
import { backupState } from './backup-state.js';

const manifest = {} as BackupManifest;

function marks(...names: BackupMarkName[]): BackupMark[] {
  return names.map((mark, minute) => ({ mark, at: new Date(minute * 60_000).toISOString() }) as BackupMark).reverse();
}

describe('backupState', () => {
  it.each([
    ['completed', []],
    ['completed', ['replicated']],
    ['verified', ['verified', 'replicated']],
    ['restored', ['verified', 'restored', 'verified']],
    ['damaged', ['verified', 'restored', 'refuted']],
    ['damaged', ['refuted', 'replicated']],
    ['verified', ['restored', 'refuted', 'verified']],
    ['damaged', ['verified', 'refuted', 'restored']],
    ['damaged', ['verified', 'refuted', 'restored', 'drilled']],
    ['restored', ['refuted', 'restored', 'verified']],
    ['completed', ['restored', 'drilled']],
  ] as const)('is %s after %j', (state, names) => {
    expect(backupState({ manifest, marks: marks(...names) })).toBe(state);
  });

  it('is damaged without a manifest that can be trusted', () => {
    expect(backupState({ marks: marks('verified') })).toBe('damaged');
  });
});
