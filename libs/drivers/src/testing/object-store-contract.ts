import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { DrError, type ObjectStore } from '@novacron/contracts';

export interface ContractCase {
  readonly name: string;
  run(): Promise<void>;
}

/**
 * What every object store must do, as cases for any test runner. `makeStore` gives an empty store (or an own prefix of one);
 * `largeBytes` is a size that this store sends in several parts.
 */
export function objectStoreContract(
  makeStore: () => ObjectStore | Promise<ObjectStore>,
  { largeBytes = 12 * 1024 * 1024 }: { largeBytes?: number } = {},
): readonly ContractCase[] {
  const contract = (name: string, run: (store: ObjectStore) => Promise<void>): ContractCase => ({
    name,
    run: async () => run(await makeStore()),
  });
  return [
    contract('stores bytes and gives them back', async (store) => {
      const body = randomBytes(1_000);
      const info = await store.put('a/b/one', body);
      assert.equal(info.key, 'a/b/one');
      assert.equal(info.sizeBytes, 1_000);
      assert.ok(Math.abs(Date.parse(info.modifiedAt) - Date.now()) < 60_000);
      assert.deepEqual(await read(store, 'a/b/one'), body);
      assert.deepEqual(await store.head('a/b/one'), info);
    }),
    contract('stores a stream of known, of unknown, and of no size', async (store) => {
      const body = randomBytes(200_000);
      const chunks = [body.subarray(0, 1), body.subarray(1, 70_000), body.subarray(70_000)];
      await store.put('known', Readable.from(chunks), { sizeBytes: body.length });
      await store.put('unknown', Readable.from(chunks));
      await store.put('empty', Readable.from([]));
      await store.put('nothing', Buffer.alloc(0));
      assert.deepEqual(await read(store, 'known'), body);
      assert.deepEqual(await read(store, 'unknown'), body);
      assert.equal((await read(store, 'empty')).length, 0);
      assert.equal((await store.head('nothing'))?.sizeBytes, 0);
    }),
    contract('stores a large stream whole', async (store) => {
      const body = randomBytes(largeBytes);
      await store.put('large', Readable.from(slices(body, 100_000)));
      assert.ok((await read(store, 'large')).equals(body));
      await rejects(store.put('large', Readable.from(slices(body, 100_000))), 'CONFLICT');
    }),
    contract('never overwrites', async (store) => {
      await store.put('once', Buffer.from('first'));
      await rejects(store.put('once', Buffer.from('second')), 'CONFLICT');
      await rejects(store.put('once', Readable.from([Buffer.from('third')])), 'CONFLICT');
      assert.equal((await read(store, 'once')).toString(), 'first');
    }),
    contract('lets exactly one of several writers win', async (store) => {
      const writes = Array.from({ length: 6 }, (_, i) => store.put('race', Buffer.from(`writer ${i}`)));
      const results = await Promise.allSettled(writes);
      const winners = results.flatMap(({ status }, i) => (status === 'fulfilled' ? [i] : []));
      assert.equal(winners.length, 1);
      assert.equal((await read(store, 'race')).toString(), `writer ${winners[0]}`);
    }),
    contract('refuses a body of another size than announced', async (store) => {
      await rejects(store.put('short', Readable.from([Buffer.from('abc')]), { sizeBytes: 4 }), 'STORE_FAILED');
      assert.equal(await store.head('short'), undefined);
    }),
    contract('leaves nothing behind when a body breaks off', async (store) => {
      const broken = (bytes: number) =>
        Readable.from(
          (async function* () {
            yield randomBytes(bytes);
            throw new Error('the source broke');
          })(),
        );
      await assert.rejects(store.put('broken', broken(10)));
      await assert.rejects(store.put('broken-large', broken(largeBytes)));
      assert.equal(await store.head('broken'), undefined);
      assert.equal(await store.head('broken-large'), undefined);
      await store.put('broken', Buffer.from('whole'));
    }),
    contract('stops when aborted', async (store) => {
      const abort = new AbortController();
      const endless = Readable.from(
        (async function* () {
          for (;;) {
            yield randomBytes(1_000);
            abort.abort();
          }
        })(),
      );
      await rejects(store.put('aborted', endless, { signal: abort.signal }), 'TIMEOUT');
      assert.equal(await store.head('aborted'), undefined);
    }),
    contract('gives ranges, the end exclusive', async (store) => {
      await store.put('range', Buffer.from('0123456789'));
      const range = async (start?: number, end?: number) =>
        (
          await read(store, 'range', {
            ...(start === undefined ? {} : { start }),
            ...(end === undefined ? {} : { end }),
          })
        ).toString();
      assert.equal(await range(2, 5), '234');
      assert.equal(await range(7), '789');
      assert.equal(await range(undefined, 3), '012');
      assert.equal(await range(8, 100), '89');
      assert.equal(await range(3, 3), '');
      assert.equal(await range(10, 20), '');
    }),
    contract('says what is not there', async (store) => {
      assert.equal(await store.head('absent'), undefined);
      await rejects(
        store.get('absent').then((stream) => stream.toArray()),
        'NOT_FOUND',
      );
    }),
    contract('lists by prefix, in key order', async (store) => {
      const keys = ['a/1', 'a-b', 'a/10', 'a/2', 'a/b/c', 'b'];
      for (const key of keys) await store.put(key, Buffer.from(key));
      assert.deepEqual(await keysOf(store, ''), [...keys].sort());
      assert.deepEqual(await keysOf(store, 'a/'), ['a/1', 'a/10', 'a/2', 'a/b/c']);
      assert.deepEqual(await keysOf(store, 'a/1'), ['a/1', 'a/10']);
      assert.deepEqual(await keysOf(store, 'nothing/'), []);
    }),
    contract('deletes, also what is not there', async (store) => {
      await store.put('gone', Buffer.from('x'));
      await store.delete('gone');
      await store.delete('gone');
      assert.equal(await store.head('gone'), undefined);
      await store.put('gone', Buffer.from('again'));
    }),
    contract('proves itself, and leaves nothing', async (store) => {
      assert.deepEqual(await store.probe(), { conditionalPut: true });
      assert.deepEqual(await keysOf(store, ''), []);
    }),
  ];
}

async function read(store: ObjectStore, key: string, range: { start?: number; end?: number } = {}): Promise<Buffer> {
  return Buffer.concat(await (await store.get(key, range)).toArray());
}

async function keysOf(store: ObjectStore, prefix: string): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of store.list(prefix)) keys.push(key);
  return keys;
}

async function rejects(promise: Promise<unknown>, code: string): Promise<void> {
  await assert.rejects(promise, (error: unknown) => {
    assert.ok(DrError.is(error), `a DrError was expected, not ${String(error)}`);
    assert.equal(error.code, code);
    return true;
  });
}

function* slices(body: Buffer, bytes: number): Generator<Buffer> {
  for (let at = 0; at < body.length; at += bytes) yield body.subarray(at, at + bytes);
}
