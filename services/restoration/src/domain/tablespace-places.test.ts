import type { ManifestComponent } from '@novacron/repository';
import { tablespacePlaces, tablespacesOf } from './tablespace-places.js';

const component = {
  objects: ['base.tar.zst', '16401.tar.zst', '16402.tar', 'pg_wal.tar.zst', 'backup_manifest'].map((name) => ({
    key: `backups/b/orders/${name}`,
  })),
  tablespaces: [{ oid: '16401', name: 'fast', location: '/mnt/fast' }],
} as unknown as ManifestComponent;

describe('tablespacePlaces', () => {
  it('finds a tablespace by its name and by its oid', () => {
    expect(tablespacesOf(component)).toEqual(['16401', '16402']);
    const wanted = [
      { tablespace: 'fast', path: '/srv/fast/' },
      { tablespace: '16402', path: '/srv/slow' },
    ];
    expect(tablespacePlaces(component, wanted)).toEqual({ '16401': '/srv/fast', '16402': '/srv/slow' });
    expect(tablespacePlaces(component, [])).toEqual({});
  });

  it.each([
    ['one that is not there', [{ tablespace: 'slow', path: '/srv/a' }], 'the backup has no slow'],
    ['a relative path', [{ tablespace: 'fast', path: 'srv' }], 'is not an absolute path'],
    [
      'one named twice',
      [
        { tablespace: 'fast', path: '/srv/a' },
        { tablespace: '16401', path: '/srv/b' },
      ],
      'is named twice',
    ],
    [
      'one in the place of another',
      [
        { tablespace: 'fast', path: '/srv' },
        { tablespace: '16402', path: '/srv/b' },
      ],
      'lies in the place of another tablespace',
    ],
  ])('refuses %s, and says what there is', (_, wanted, problem) => {
    expect(() => tablespacePlaces(component, wanted)).toThrow(
      expect.objectContaining({
        code: 'INVALID_MESSAGE',
        hint: 'it has fast',
        details: [expect.objectContaining({ problem })],
      }),
    );
  });
});
