import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { DrError } from '@novacron/contracts';
import { testKeyring } from '../testing/backups.js';
import { MemoryStore } from '../testing/memory-store.js';
import { readObject } from './read-object.js';
import { describeObject, storeObject } from './store-object.js';

const key = 'backups/backup-20261123-040000/orders/base.tar';
const source = (content: string) => () => Readable.from([Buffer.from(content)]);
const broken = (): Readable =>
  Readable.from(
    (function* () {
      yield Buffer.from('begin');
      throw new DrError('COMMAND_FAILED', 'the source died');
    })(),
  );
let store: MemoryStore;

beforeEach(() => {
  store = new MemoryStore();
});

describe('storeObject', () => {
  it('stores what opens again, and says of it what reading it back says', async () => {
    const object = await storeObject(store, testKeyring, { key, source: source('rows'), plainSizeBytes: 4 });
    expect(object.plainSha256).toBe(createHash('sha256').update('rows').digest('hex'));
    expect(await describeObject(store, key, testKeyring)).toEqual(object);
    expect(await text(await readObject(store, object, testKeyring))).toBe('rows');
  });

  it('accepts its own work of before a crash, and refuses other content', async () => {
    const object = await storeObject(store, testKeyring, { key, source: source('rows') });
    expect(await storeObject(store, testKeyring, { key, source: source('rows') })).toEqual(object);
    await expect(storeObject(store, testKeyring, { key, source: source('more') })).rejects.toMatchObject({
      code: 'CONFLICT',
    });
  });

  it('stores nothing of a source that fails midway', async () => {
    await expect(storeObject(store, testKeyring, { key, source: broken })).rejects.toMatchObject({
      code: 'COMMAND_FAILED',
    });
    expect(store.keys()).toEqual([]);
  });

  it('does not take the word of a store that kept less', async () => {
    const put = store.put.bind(store);
    store.put = async (name, body) => {
      const info = await put(name, body);
      store.truncate(name, 3);
      return info;
    };
    await expect(storeObject(store, testKeyring, { key, source: source('rows') })).rejects.toMatchObject({
      code: 'VERIFY_FAILED',
    });
  });
});
