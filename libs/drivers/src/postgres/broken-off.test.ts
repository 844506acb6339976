import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { emptyBrokenOff } from './broken-off.js';

describe('a segment that a full disc has cut off', () => {
  it('is emptied, and nothing else is touched', () => {
    const folder = mkdtempSync(join(tmpdir(), 'broken-off-'));
    try {
      const sizes = {
        '000000010000000000000001': 100,
        '000000010000000000000002.partial': 16 * 1024 * 1024,
        '000000010000000000000003.partial': 8 * 1024 * 1024,
        '000000010000000000000004.partial': 0,
        '00000002.history': 43,
      };
      for (const [name, size] of Object.entries(sizes)) writeFileSync(join(folder, name), Buffer.alloc(size));
      expect(emptyBrokenOff(folder)).toEqual(['000000010000000000000003.partial']);
      const found = Object.keys(sizes).map((name) => [name, statSync(join(folder, name)).size]);
      expect(Object.fromEntries(found)).toEqual({ ...sizes, '000000010000000000000003.partial': 0 });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
