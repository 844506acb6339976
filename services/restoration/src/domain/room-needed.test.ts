import { laidOutBytes, unpackedBytes, walBytes } from './room-needed.js';

const segment = 16 * 1024 * 1024;

async function* lines(...texts: string[]): AsyncGenerator<string> {
  yield* texts;
}

describe('room for a restore', () => {
  it('is what the manifest of the server counts, in blocks, by tablespace', async () => {
    const bytes = await laidOutBytes(
      lines(
        '{ "PostgreSQL-Backup-Manifest-Version": 1,',
        '"Files": [',
        '{ "Path": "base/1/112", "Size": 8192, "Last-Modified": "2026-11-27 00:00:00 GMT", "Checksum": "00" },',
        '{ "Path": "PG_VERSION", "Size": 3, "Last-Modified": "2026-11-27 00:00:00 GMT" },',
        '{ "Encoded-Path": "62ff", "Size": 1, "Last-Modified": "2026-11-27 00:00:00 GMT" },',
        '{ "Path": "pg_tblspc/16384/PG_15_202209061/5/1", "Size": 16384, "Last-Modified": "2026-11-27 00:00:00 GMT" }',
        '],',
      ),
    );
    expect([...bytes]).toEqual([
      ['', 8192 + 2 * 4096],
      ['16384', 16384],
    ]);
  });

  it.each([
    ['0/3000028', '0/3000100', segment],
    ['0/3000000', '0/4000000', segment],
    ['0/3FFFFFF', '0/4000001', 2 * segment],
    ['0/5000000', '0/4000000', 0],
    [undefined, '0/4000000', 0],
    ['0/4000000', undefined, 0],
  ])('for WAL from %s to %s is whole segments', (from, until, bytes) => {
    expect(walBytes(from, until)).toBe(bytes);
  });

  it('for a chain is that of its parts and of what they make together', () => {
    const full = new Map([
      ['', 100],
      ['16384', 10],
    ]);
    const increment = new Map([['', 5]]);
    expect([...unpackedBytes([full])]).toEqual([
      ['', 100],
      ['16384', 10],
    ]);
    expect([...unpackedBytes([full, increment])]).toEqual([
      ['', 105 + 115],
      ['16384', 10],
    ]);
  });
});
