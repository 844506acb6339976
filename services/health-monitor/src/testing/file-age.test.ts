import { mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FileAgeProbe } from './file-age.js';
import { look } from './look.js';

const root = join(import.meta.dirname, '../../../..');

describe('the kind of check that the documentation adds', () => {
  const folder = mkdtempSync(join(tmpdir(), 'novacron-example-'));
  const file = join(folder, 'result');

  afterAll(() => rmSync(folder, { recursive: true }));

  it('stands there as it is tested here', () => {
    const document = readFileSync(join(root, 'docs/check-types.md'), 'utf8');
    const shown = /```ts\n\/\/ .*file-age\.ts\n(?<code>[\s\S]*?)```/u.exec(document)?.groups?.['code'];
    const tested = readFileSync(join(import.meta.dirname, 'file-age.ts'), 'utf8');

    expect(shown).toBe(tested.replace('../checks/probe.js', './probe.js'));
  });

  it('works', async () => {
    await expect(look(new FileAgeProbe(file, 60_000))).rejects.toThrow('ENOENT');
    writeFileSync(file, '');
    expect(await look(new FileAgeProbe(file, 60_000))).toEqual({ degraded: `${file} is empty` });
    writeFileSync(file, 'done');
    expect(await look(new FileAgeProbe(file, 60_000))).toEqual({});
    utimesSync(file, new Date(0), new Date(0));
    await expect(look(new FileAgeProbe(file, 60_000))).rejects.toThrow('ms old');
  });
});
