import { Readable } from 'node:stream';
import { DrError } from '@novacron/contracts';
import { documentSha256 } from '../manifest/signature.js';
import { openRepository, type Repository } from '../repository.js';
import { parseKeyring } from '../sealing/keyring.js';
import { draftBackup, makeBackup, testKeyring } from '../testing/backups.js';
import { MemoryStore } from '../testing/memory-store.js';
import { manifestKey } from './layout.js';

const first = 'backup-20261123-040000';
const second = 'backup-20261123-050000';
const third = 'backup-20261123-060000';

let store: MemoryStore;
let repository: Repository;

beforeEach(() => {
  store = new MemoryStore('near');
  repository = openRepository({ stores: new Map([['near', store]]), keyring: testKeyring });
});

describe('commit', () => {
  it('makes a backup that reads back as it was committed', async () => {
    const manifest = await makeBackup(repository, 'near');
    const found = await repository.catalog('near').read(first);
    expect(found).toEqual(manifest);
    expect(found.components[0]?.objects[0]?.key).toBe(`backups/${first}/orders/base.tar`);
    const listing = await repository.catalog('near').list();
    expect(listing.entries.map((entry) => entry.backupId)).toEqual([first]);
    expect(listing.chain).toEqual([]);
  });

  it('gives the manifest that stands when it is repeated, and refuses another with the same id', async () => {
    const draft = await draftBackup(repository, 'near');
    const manifest = await repository.catalog('near').commit(draft);
    expect(await repository.catalog('near').commit(draft)).toEqual(manifest);
    const other = structuredClone(draft);
    other.components[0]?.objects.pop();
    await expect(repository.catalog('near').commit(other)).rejects.toMatchObject({ code: 'CONFLICT' });
  });

  it('names every object that is not there in its full size, and commits nothing', async () => {
    const draft = await draftBackup(repository, 'near');
    const [base, list] = draft.components.flatMap((one) => one.objects).map(({ key }) => key) as [string, string];
    store.truncate(base, 10);
    await store.delete(list);
    const error = await repository
      .catalog('near')
      .commit(draft)
      .catch((reason: unknown) => reason);
    expect(DrError.from(error).code).toBe('VERIFY_FAILED');
    expect(DrError.from(error).details.map((detail) => [detail.path, detail.problem.split(' ')[0]])).toEqual([
      [base, 'has'],
      [list, 'is'],
    ]);
    expect((await repository.catalog('near').list()).uncommitted).toEqual([first]);
  });

  it('refuses a manifest that names the objects of another backup', async () => {
    const draft = await draftBackup(repository, 'near');
    const moved = { ...draft, backupId: second };
    await expect(repository.catalog('near').commit(moved)).rejects.toMatchObject({
      details: [{ problem: 'belongs to another backup' }, { problem: 'belongs to another backup' }],
    });
  });

  it('writes nothing secret and nothing twice', async () => {
    await makeBackup(repository, 'near');
    const text = store.bytes(manifestKey(first)).toString();
    expect(text).not.toContain('ab'.repeat(32));
    expect(text).not.toContain(Buffer.from('ab'.repeat(32), 'hex').toString('base64'));
    await expect(store.put(manifestKey(first), Buffer.alloc(1))).rejects.toMatchObject({ code: 'CONFLICT' });
  });
});

describe('two workers on one backup', () => {
  it('store each object once, and commit one manifest between them', async () => {
    const bytes = Buffer.alloc(300_000, 'novacron');
    const place = { backupId: first, component: 'orders', name: 'base.tar.zst' };
    const put = () => repository.putObject('near', place, () => Readable.from([bytes]));
    const [one, two] = await Promise.all([put(), put()]);
    expect(two).toEqual(one);
    const draft = await draftBackup(repository, 'near', { backupId: second });
    const manifests = await Promise.all([1, 2].map(async () => repository.catalog('near').commit(draft)));
    expect(manifests[1]).toEqual(manifests[0]);
    expect(store.keys().filter((key) => key.endsWith('manifest.json'))).toEqual([manifestKey(second)]);
    expect(await repository.verify('near', second)).toMatchObject({ good: true });
  });

  it('do not mix: other content under a key that is taken is refused', async () => {
    const place = { backupId: first, component: 'orders', name: 'base.tar.zst' };
    const put = (text: string) => repository.putObject('near', place, () => Readable.from([Buffer.from(text)]));
    const results = await Promise.allSettled([put('of one worker'), put('of another')]);
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const refused = results.find((result) => result.status === 'rejected');
    expect(DrError.from(refused?.reason).code).toBe('CONFLICT');
  });
});

describe('a manifest', () => {
  it('that was changed in any byte is not taken', async () => {
    await makeBackup(repository, 'near');
    const good = Buffer.from(store.bytes(manifestKey(first)));
    for (let byte = 0; byte < good.length; byte += 1) {
      store.plant(manifestKey(first), good);
      store.flipBit(manifestKey(first), byte * 8);
      const code = await repository
        .catalog('near')
        .read(first)
        .then(
          () => 'taken',
          (error: unknown) => DrError.from(error).code,
        );
      // A damaged key id names a key that the keyring does not have.
      expect([byte, code]).toEqual([byte, expect.stringMatching(/^(?:CORRUPT_OBJECT|WRONG_KEY)$/u)]);
    }
  });

  it('that was signed with a key of the same name but another value is not taken', async () => {
    await makeBackup(repository, 'near');
    const other = openRepository({
      stores: new Map([['near', store]]),
      keyring: parseKeyring('k1', { k1: 'cd'.repeat(32) }),
    });
    await expect(other.catalog('near').read(first)).rejects.toMatchObject({ code: 'CORRUPT_OBJECT' });
  });

  it('under the name of another backup is not taken', async () => {
    await makeBackup(repository, 'near');
    store.plant(manifestKey(second), store.bytes(manifestKey(first)));
    await expect(repository.catalog('near').read(second)).rejects.toMatchObject({ code: 'CORRUPT_OBJECT' });
  });

  it('that is damaged does not hide the others', async () => {
    await makeBackup(repository, 'near');
    await makeBackup(repository, 'near', { backupId: second });
    store.truncate(manifestKey(first), 20);
    const { entries } = await repository.catalog('near').list();
    expect(entries.map(({ backupId, problems }) => [backupId, problems.length])).toEqual([
      [first, 1],
      [second, 0],
    ]);
  });

  it('that cannot be read because the store is away fails the listing instead of calling it damaged', async () => {
    await makeBackup(repository, 'near');
    store.failNext('get', new DrError('UNREACHABLE', 'away'));
    await expect(repository.catalog('near').list()).rejects.toMatchObject({ code: 'UNREACHABLE' });
  });
});

describe('the chain', () => {
  it('shows that a manifest in the middle was removed', async () => {
    for (const backupId of [first, second, third]) await makeBackup(repository, 'near', { backupId });
    const catalog = repository.catalog('near');
    expect((await catalog.read(second)).previousManifestSha256).toBe(documentSha256(await catalog.read(first)));
    await store.delete(manifestKey(second));
    expect((await catalog.list()).chain).toEqual([
      { path: third, problem: 'follows a manifest that is missing or was changed' },
    ]);
  });

  it('may begin later after the oldest were pruned', async () => {
    for (const backupId of [first, second, third]) await makeBackup(repository, 'near', { backupId });
    await store.delete(manifestKey(first));
    expect((await repository.catalog('near').list()).chain).toEqual([]);
  });
});

describe('marks', () => {
  const at = new Date('2026-11-23T05:00:00.123Z');

  it('are added to a backup and shown with it', async () => {
    await makeBackup(repository, 'near');
    const mark = await repository.catalog('near').mark(first, { mark: 'verified', store: 'near', objects: 2 }, at);
    expect(store.keys()).toContain(`backups/${first}/verified-20261123T050000.123Z.json`);
    expect((await repository.catalog('near').show(first)).marks).toEqual([mark]);
    expect(await repository.catalog('near').mark(first, { mark: 'verified', store: 'near', objects: 2 }, at)).toEqual(
      mark,
    );
  });

  it('that were changed, or taken from another backup, are problems', async () => {
    await makeBackup(repository, 'near');
    await makeBackup(repository, 'near', { backupId: second });
    await repository.catalog('near').mark(first, { mark: 'verified', store: 'near' }, at);
    const name = 'verified-20261123T050000.123Z.json';
    store.plant(`backups/${second}/${name}`, store.bytes(`backups/${first}/${name}`));
    store.flipBit(`backups/${first}/${name}`, 2_000);
    const { entries } = await repository.catalog('near').list();
    expect(entries.map((entry) => [entry.marks.length, entry.problems.length])).toEqual([
      [0, 1],
      [0, 1],
    ]);
  });

  it('need a committed backup', async () => {
    await expect(repository.catalog('near').mark(first, { mark: 'verified', store: 'near' }, at)).rejects.toMatchObject(
      { code: 'NOT_FOUND' },
    );
  });
});
