import { createHash } from 'node:crypto';
import { compareWithManifest } from './compare-with-manifest.js';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

function manifest(files: readonly Readonly<Record<string, unknown>>[]): Buffer {
  const lines = files.map((file) => JSON.stringify(file)).join(',\n');
  const body = `{ "PostgreSQL-Backup-Manifest-Version": 1,\n"Files": [\n${lines}\n],\n"WAL-Ranges": [\n],\n`;
  return Buffer.from(`${body}"Manifest-Checksum": "${sha256(body)}"}\n`);
}

const named = (path: string, content: string) => ({
  ...{ Path: path, Size: content.length, 'Checksum-Algorithm': 'SHA256', Checksum: sha256(content) },
});
const laid = (path: string, content: string) => ({ path, sizeBytes: content.length, sha256: sha256(content) });

const both = manifest([named('PG_VERSION', '15\n'), named('base/1/2', 'rows')]);
const whole = [laid('PG_VERSION', '15\n'), laid('base/1/2', 'rows')];

describe('compareWithManifest', () => {
  it('finds nothing wrong with what the server had put into its backup, nor with what is no part of that', () => {
    expect(compareWithManifest(both, whole)).toEqual([]);
    const more = [
      laid('pg_wal/000000010000000000000001', 'wal'),
      laid('postgresql.auto.conf', ''),
      laid('backup_manifest', ''),
    ];
    expect(compareWithManifest(both, [...whole, ...more])).toEqual([]);
  });

  it.each([
    ['missing', whole.slice(1), '"PG_VERSION" is in the manifest but was not unpacked'],
    ['cut off', [whole[0], laid('base/1/2', 'row')], '"base/1/2" has 3 bytes, the manifest says 4'],
    ['changed', [whole[0], laid('base/1/2', 'rowz')], '"base/1/2" has another hash than the manifest says'],
    ['added', [...whole, laid('base/1/3', '')], '"base/1/3" was unpacked but is not in the manifest'],
  ])('names what is %s', (_what, files, problem) => {
    expect(compareWithManifest(both, files as typeof whole)).toEqual([problem]);
  });

  it('does not believe a manifest that was changed', () => {
    const changed = Buffer.from(both.toString().replace('"Size":4', '"Size":5'));
    expect(compareWithManifest(changed, whole)).toContain('the manifest has another checksum than it says');
  });

  it('reads names that are no UTF-8, and leaves hashes of another kind to who knows them', () => {
    const { Path: _path, ...rest } = named('base/1', 'x');
    const encoded = manifest([{ 'Encoded-Path': Buffer.from('base/1').toString('hex'), ...rest }]);
    expect(compareWithManifest(encoded, [laid('base/1', 'x')])).toEqual([]);
    const other = manifest([{ ...named('base/1', 'x'), 'Checksum-Algorithm': 'CRC32C' }]);
    expect(compareWithManifest(other, [laid('base/1', 'x')])).toBeUndefined();
  });
});
