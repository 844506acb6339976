import { randomUUID } from 'node:crypto';
import { constants, createReadStream, createWriteStream, type Stats } from 'node:fs';
import { copyFile, link, mkdir, open, readdir, rm, rmdir, stat, unlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import {
  DrError,
  type LocalObjects,
  type ObjectInfo,
  type ObjectStore,
  type PutOptions,
  type StoreCapabilities,
  type UnfinishedWrite,
} from '@novacron/contracts';

export interface FileStoreOptions {
  readonly name: string;
  /** The folder; made when missing. Keys are paths in it. */
  readonly folder: string;
}

const linkAttempts = 10;
/** At once. */
const readBytes = 512 * 1024;
/** Bodies on their way in. On the same file system as the objects, as a link cannot leave it. */
const incoming = '.incoming';

/**
 * A folder as an object store, with the guarantees of the S3 one: an object appears whole or not at all (written beside,
 * flushed, then linked: a link never replaces), is never overwritten, and survives a loss of power once confirmed.
 */
export class FileStore implements ObjectStore {
  readonly name: string;
  readonly local: LocalObjects;

  constructor(private readonly options: FileStoreOptions) {
    this.name = options.name;
    this.local = {
      put: async (key, write, { sizeBytes, signal } = {}) =>
        this.#guard('put', key, signal, () =>
          this.#create(key, async (temporary) => {
            await write(temporary);
            await this.#requireSize(key, temporary, sizeBytes);
            await flush(temporary);
          }),
        ),
      pathOf: (key) => this.#path(key),
    };
  }

  async put(key: string, body: Readable | Uint8Array, { sizeBytes, signal }: PutOptions = {}): Promise<ObjectInfo> {
    return this.#guard('put', key, signal, () =>
      this.#create(key, async (temporary) => {
        const source = body instanceof Uint8Array ? Readable.from([body], { objectMode: false }) : body;
        await pipeline(
          source,
          createWriteStream(temporary, { flush: true, mode: 0o600 }),
          signal === undefined ? {} : { signal },
        );
        await this.#requireSize(key, temporary, sizeBytes);
      }),
    );
  }

  async get(
    key: string,
    { start = 0, end, signal }: { readonly start?: number; readonly end?: number; readonly signal?: AbortSignal } = {},
  ): Promise<Readable> {
    const path = this.#path(key);
    const { size } = await this.#guard('get', key, signal, () => stat(path));
    const last = Math.min(end ?? size, size) - 1;
    if (last < start) return Readable.from([]);
    const file = createReadStream(path, {
      start,
      end: last,
      highWaterMark: readBytes,
      ...(signal === undefined ? {} : { signal }),
    });
    return Readable.from(
      checked(file, (error) => fileError(error, this.#what('get', key), signal)),
      { objectMode: false },
    );
  }

  async head(key: string): Promise<ObjectInfo | undefined> {
    try {
      return infoOf(key, await stat(this.#path(key)));
    } catch (error) {
      if (isAbsent(error)) return undefined;
      throw fileError(error, this.#what('head', key));
    }
  }

  async *list(prefix: string): AsyncGenerator<ObjectInfo> {
    const slash = prefix.lastIndexOf('/');
    yield* this.#walk(slash < 0 ? '' : prefix.slice(0, slash + 1), prefix);
  }

  async delete(key: string): Promise<void> {
    await this.#guard('delete', key, undefined, () => unlink(this.#path(key))).catch((error: unknown) => {
      if (!DrError.is(error) || error.code !== 'NOT_FOUND') throw error;
    });
    await this.#removeEmptyFolders(key);
  }

  /** From another folder of this machine; where the file system can, blocks are shared until one side changes them. */
  async copyFrom(source: ObjectStore, key: string): Promise<boolean> {
    if (!(source instanceof FileStore)) return false;
    await this.#guard('copy', key, undefined, () =>
      this.#create(key, async (temporary) => {
        await copyFile(source.#path(key), temporary, constants.COPYFILE_FICLONE);
        await flush(temporary);
      }),
    );
    return true;
  }

  async clearUnfinished(olderThanMs: number): Promise<UnfinishedWrite[]> {
    const folder = join(this.options.folder, incoming);
    const cleared: UnfinishedWrite[] = [];
    const nowMs = await this.#now(folder);
    if (nowMs === undefined) return cleared;
    for (const name of await readdir(folder).catch((): string[] => [])) {
      const found = await stat(join(folder, name)).catch(() => undefined);
      if (found === undefined || nowMs - found.mtimeMs <= olderThanMs) continue;
      await this.#guard('remove', name, undefined, () => unlink(join(folder, name)));
      cleared.push({ key: `${incoming}/${name}`, begunAt: found.birthtime.toISOString() });
    }
    return cleared;
  }

  async probe(): Promise<{ readonly conditionalPut: boolean }> {
    const key = `probe/${randomUUID()}`;
    const body = Buffer.from(key);
    await this.put(key, body);
    const read = Buffer.concat(await (await this.get(key)).toArray());
    if (!read.equals(body))
      throw new DrError('STORE_FAILED', `${this.#what('read', key)}: other bytes than were stored`);
    const refused = await this.put(key, body).then(
      () => false,
      (error: unknown) => DrError.is(error) && error.code === 'CONFLICT',
    );
    await this.delete(key);
    return { conditionalPut: refused };
  }

  async capabilities(): Promise<StoreCapabilities> {
    return { ...(await this.probe()), versioned: false, objectLock: false };
  }

  /** What the file system calls now: on a share that is its server's clock, not ours. */
  async #now(folder: string): Promise<number | undefined> {
    const path = join(folder, randomUUID());
    try {
      await writeFile(path, '', { mode: 0o600 });
      return (await stat(path)).mtimeMs;
    } catch {
      return undefined;
    } finally {
      await rm(path, { force: true });
    }
  }

  async #create(key: string, write: (temporary: string) => Promise<void>): Promise<ObjectInfo> {
    const path = this.#path(key);
    const temporary = join(this.options.folder, incoming, randomUUID());
    await this.#makeFolder(dirname(temporary), key);
    try {
      await write(temporary);
      await this.#flushFolders(dirname(path), await linkInto(temporary, path));
    } finally {
      await unlink(temporary).catch(() => undefined);
    }
    return infoOf(key, await stat(path));
  }

  async #makeFolder(folder: string, key: string): Promise<void> {
    await mkdir(folder, { recursive: true, mode: 0o700 }).catch((error: unknown) => {
      if (!['EEXIST', 'ENOTDIR'].includes(codeOf(error))) throw error;
      throw new DrError('STORE_FAILED', `${this.#what('put', key)} failed: ${this.options.folder} is no folder`, {
        hint: 'name a folder, or a place where one can be made, as the path of the store in the estate file',
        retryable: false,
        cause: error,
      });
    });
  }

  async #requireSize(key: string, temporary: string, sizeBytes: number | undefined): Promise<void> {
    const { size } = await stat(temporary);
    if (sizeBytes === undefined || size === sizeBytes) return;
    throw new DrError('STORE_FAILED', `${this.#what('put', key)}: ${sizeBytes} bytes expected, ${size} came`);
  }

  /** Folders exist for the objects in them alone. */
  async #removeEmptyFolders(key: string): Promise<void> {
    try {
      for (let each = dirname(key); each !== '.'; each = dirname(each)) await rmdir(join(this.options.folder, each));
    } catch {
      // Another object is in it, or another removed it first.
    }
  }

  /** A new name is durable once its folder is flushed, and a new folder once its parent is. */
  async #flushFolders(folder: string, firstMade: string | undefined): Promise<void> {
    const top = firstMade === undefined ? folder : dirname(firstMade);
    for (let each = folder; ; each = dirname(each)) {
      await flush(each);
      if (each === top || each === dirname(each)) return;
    }
  }

  /** Names are sorted with a folder's slash as part of its name: that gives the order of the whole keys. */
  async *#walk(folder: string, prefix: string): AsyncGenerator<ObjectInfo> {
    const entries = await readdir(join(this.options.folder, folder), { withFileTypes: true }).catch(
      (error: unknown) => {
        if (isAbsent(error)) return [];
        throw fileError(error, this.#what('list', prefix));
      },
    );
    const names = entries.map((entry) => folder + entry.name + (entry.isDirectory() ? '/' : '')).sort();
    for (const name of names) {
      if (name === `${incoming}/`) continue;
      if (name.endsWith('/')) {
        if (name.startsWith(prefix) || prefix.startsWith(name)) yield* this.#walk(name, prefix);
        continue;
      }
      const info = name.startsWith(prefix) ? await this.head(name) : undefined;
      if (info) yield info;
    }
  }

  async #guard<T>(verb: string, key: string, signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw fileError(error, this.#what(verb, key), signal);
    }
  }

  #path(key: string): string {
    const segments = key.split('/');
    const bad = segments.some((segment) => segment === '' || segment === '.' || segment === '..') || key.includes('\0');
    if (bad || segments[0] === incoming)
      throw new DrError('INVALID_MESSAGE', `'${key}' cannot be a key of store ${this.name}`);
    return join(this.options.folder, ...segments);
  }

  #what(verb: string, key: string): string {
    return `${verb} ${key} in store ${this.name}`;
  }
}

const infoOf = (key: string, { size, mtime }: Stats): ObjectInfo => ({
  key,
  sizeBytes: size,
  modifiedAt: mtime.toISOString(),
});

const outOfRoom: Readonly<Record<string, string>> = { ENOSPC: 'the disc is full', EDQUOT: 'the quota is used up' };
const codeOf = (error: unknown) => (error as NodeJS.ErrnoException).code ?? '';
const isAbsent = (error: unknown) => ['ENOENT', 'ENOTDIR'].includes(codeOf(error));

function fileError(error: unknown, what: string, signal?: AbortSignal): DrError {
  if (DrError.is(error)) return error;
  if (signal?.aborted) return new DrError('TIMEOUT', `${what} was aborted`, { cause: error });
  const full = outOfRoom[codeOf(error)];
  if (full !== undefined)
    return new DrError('STORE_FAILED', `${what} failed: ${full}`, {
      hint: 'make room where the store lies',
      cause: error,
    });
  const denied = ['EACCES', 'EPERM', 'EROFS'].includes(codeOf(error));
  if (denied)
    return new DrError('STORE_FAILED', `${what} was refused: ${codeOf(error)}`, {
      hint: 'let the user of the services write the folder',
      retryable: false,
      cause: error,
    });
  if (isAbsent(error)) return new DrError('NOT_FOUND', `${what}: no such object`, { cause: error });
  if (codeOf(error) === 'EEXIST') return new DrError('CONFLICT', `${what}: the key exists already`, { cause: error });
  return new DrError('STORE_FAILED', `${what} failed: ${codeOf(error) || String(error)}`, { cause: error });
}

/** Gives a file its name, in folders that are made when missing; returns the first that was. */
async function linkInto(temporary: string, path: string): Promise<string | undefined> {
  for (let attempt = 1; ; attempt += 1) {
    const firstMade = await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    try {
      await link(temporary, path);
      return firstMade;
    } catch (error) {
      // A folder that was empty is removed by whoever deleted its last object.
      if (codeOf(error) !== 'ENOENT' || attempt === linkAttempts) throw error;
    }
  }
}

async function flush(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function* checked(body: Readable, map: (error: unknown) => DrError): AsyncGenerator<Buffer> {
  try {
    yield* body as AsyncIterable<Buffer>;
  } catch (error) {
    throw map(error);
  }
}
