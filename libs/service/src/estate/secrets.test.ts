import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redactor } from '../logging/redactor.js';
import { loadEstate } from './loaded-estate.js';
import { Secrets } from './secrets.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'estate-'));
});
afterEach(async () => rm(folder, { recursive: true }));

describe('Secrets', () => {
  it('reads a variable, or a file beside the estate, each time, and keeps it out of the log from then on', async () => {
    const redactor = new Redactor();
    const secrets = new Secrets(folder, { DB_PASSWORD: 'from env' }, redactor);
    await writeFile(join(folder, 'password'), 'from file\n');
    expect(await secrets.read({ env: 'DB_PASSWORD' })).toBe('from env');
    expect(await secrets.read({ file: 'password' })).toBe('from file');
    await writeFile(join(folder, 'password'), 'rotated');
    expect(await secrets.read({ file: 'password' })).toBe('rotated');
    expect(redactor.text('from env, from file, rotated')).toBe('[redacted], [redacted], [redacted]');
  });

  it.each([
    [{ env: 'ABSENT' }, 'ABSENT'],
    [{ file: 'absent' }, 'absent'],
    [{ file: 'empty' }, 'empty'],
  ])('names the reference %j that gives nothing', async (reference, path) => {
    await writeFile(join(folder, 'empty'), '\n');
    const secrets = new Secrets(folder, {}, new Redactor());
    await expect(secrets.read(reference)).rejects.toMatchObject({
      code: 'INVALID_CONFIG',
      details: [expect.objectContaining({ path })],
    });
  });
});

describe('loadEstate', () => {
  it('names every problem with its line and column', async () => {
    const file = join(folder, 'estate.yaml');
    await writeFile(file, 'estate: novacron\nsitez: []\n');
    await expect(loadEstate(file)).rejects.toMatchObject({
      code: 'INVALID_ESTATE',
      details: expect.arrayContaining([{ path: `${file}:2:1`, problem: 'sitez: is not a known field' }]),
    });
  });

  it('says when there is no file', async () => {
    await expect(loadEstate(join(folder, 'absent.yaml'))).rejects.toMatchObject({ code: 'INVALID_CONFIG' });
  });
});
