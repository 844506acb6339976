import { createHash, randomBytes } from 'node:crypto';
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { MessageChannel } from 'node:worker_threads';
import { DrError, type LocalObjects } from '@novacron/contracts';
import { receivedBytes } from '@novacron/contracts/threads';
import { testKeyring } from '../testing/backups.js';
import { MemoryStore } from '../testing/memory-store.js';
import { checkObject, openObjectInto } from './open-object.js';
import { readObject } from './read-object.js';
import { storeFile } from './store-file.js';
import { describeObject } from './store-object.js';

const key = 'backups/backup-20261123-040000/orders/base.tar.zst';
let folder: string;
let path: string;

/** Objects that are files, too, as in a store that is a folder. */
class LocalMemory extends MemoryStore {
  readonly local: LocalObjects = {
    put: async (name, write) => {
      const file = join(folder, 'incoming');
      try {
        await write(file);
        const info = await this.put(name, readFileSync(file));
        writeFileSync(this.local.pathOf(name), this.bytes(name));
        return info;
      } finally {
        rmSync(file, { force: true });
      }
    },
    pathOf: (name) => join(folder, name.replaceAll('/', '_')),
  };

  override flipBit(name: string, bit: number): void {
    super.flipBit(name, bit);
    writeFileSync(this.local.pathOf(name), this.bytes(name));
  }
}

const stores = [
  ['through streams', () => new MemoryStore()],
  ['past them, from file to file', () => new LocalMemory()],
] as const;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'store-file-'));
  path = join(folder, 'base.tar.zst');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe.each(stores)('a file that is sealed and stored %s', (_how, open) => {
  it.each([0, 1, 256 * 1024, 256 * 1024 + 1, 1_000_000])('opens again, with %i bytes', async (size) => {
    const store = open();
    const plain = randomBytes(size);
    writeFileSync(path, plain);
    const object = await storeFile(store, testKeyring, { key, path });
    expect(object.plainSha256).toBe(createHash('sha256').update(plain).digest('hex'));
    expect(await describeObject(store, key, testKeyring)).toEqual(object);
    await checkObject(store, object, testKeyring);
    const { port1, port2 } = new MessageChannel();
    const opened = openObjectInto(store, object, testKeyring, port1);
    const pieces: Uint8Array[] = [];
    for await (const chunk of receivedBytes(port2)) pieces.push(chunk);
    await opened;
    expect(Buffer.concat(pieces).equals(plain)).toBe(true);
  });

  it('is followed while it grows, and comes to exist only once that is allowed', async () => {
    const store = open();
    writeFileSync(path, 'the beginning, ');
    let grown: () => void = () => undefined;
    const whole = new Promise<void>((resolve) => (grown = resolve));
    let seen: string[] | undefined;
    const storing = storeFile(store, testKeyring, {
      ...{ key, path, whole },
      beforeStored: async ({ sizeBytes }) => {
        seen = [...store.keys(), String(sizeBytes)];
      },
    });
    appendFileSync(path, 'the end');
    grown();
    const object = await storing;
    expect(seen).toEqual(['22']);
    expect(await text(await readObject(store, object, testKeyring))).toBe('the beginning, the end');
  });

  it.each(['whole', 'beforeStored'] as const)('leaves nothing when %s fails', async (which) => {
    const store = open();
    writeFileSync(path, 'rows');
    const failure = Promise.reject(new DrError('COMMAND_FAILED', 'the copy died'));
    failure.catch(() => undefined);
    const options = which === 'whole' ? { whole: failure } : { beforeStored: () => failure };
    await expect(storeFile(store, testKeyring, { key, path, ...options })).rejects.toMatchObject({
      code: 'COMMAND_FAILED',
    });
    expect(store.keys()).toEqual([]);
    expect(readdirSync(folder)).toEqual(['base.tar.zst']);
  });

  it('ends at the signal while it waits for more', async () => {
    const store = open();
    writeFileSync(path, 'rows');
    const stop = new AbortController();
    const storing = storeFile(store, testKeyring, {
      ...{ key, path, signal: stop.signal },
      whole: new Promise(() => undefined),
    });
    stop.abort();
    await expect(storing).rejects.toMatchObject({ code: 'TIMEOUT' });
    expect(store.keys()).toEqual([]);
  });

  it('accepts its own work of before a crash, and refuses other content', async () => {
    const store = open();
    writeFileSync(path, 'rows');
    const object = await storeFile(store, testKeyring, { key, path });
    expect(await storeFile(store, testKeyring, { key, path })).toEqual(object);
    writeFileSync(path, 'more');
    await expect(storeFile(store, testKeyring, { key, path })).rejects.toMatchObject({ code: 'CONFLICT' });
  });

  it('is found damaged wherever a bit of it is flipped, and no reader is told that it has ended', async () => {
    const store = open();
    writeFileSync(path, 'rows');
    const object = await storeFile(store, testKeyring, { key, path });
    for (const bit of [3, 8 * 60, 8 * (object.sizeBytes - 18), 8 * object.sizeBytes - 1]) {
      store.flipBit(key, bit);
      await expect(checkObject(store, object, testKeyring)).rejects.toMatchObject({ code: 'CORRUPT_OBJECT' });
      const { port1, port2 } = new MessageChannel();
      const reading = (async () => {
        for await (const _chunk of receivedBytes(port2));
      })();
      reading.catch(() => undefined);
      await expect(openObjectInto(store, object, testKeyring, port1)).rejects.toMatchObject({ code: 'CORRUPT_OBJECT' });
      await expect(reading).rejects.toMatchObject({ code: 'CORRUPT_OBJECT' });
      store.flipBit(key, bit);
    }
    await checkObject(store, object, testKeyring);
  });

  it('that is not there is not found', async () => {
    const store = open();
    writeFileSync(path, 'rows');
    const object = await storeFile(store, testKeyring, { key, path });
    const elsewhere = new LocalMemory();
    rmSync(elsewhere.local.pathOf(key), { force: true });
    await expect(checkObject(elsewhere, object, testKeyring)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(checkObject(new MemoryStore(), object, testKeyring)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});
