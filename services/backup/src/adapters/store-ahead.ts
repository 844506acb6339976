import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ManifestObject, StoreFileOptions } from '@novacron/repository';

const lookEveryMs = 20;

type Read = Parameters<NonNullable<StoreFileOptions['beforeStored']>>[0];

interface Ahead {
  readonly read: Promise<Read | undefined>;
  readonly stored: Promise<ManifestObject | undefined>;
}

/**
 * Seals and stores the files of a copy while they are still written, so that little is left to do once they are whole. No object of
 * them comes to exist before {@link describedAs} says that the spool knows what it holds: a crash before leaves nothing in the store, and
 * one after it finds the same content in both places. What fails here is told, and left to the step that stores what is not stored yet.
 */
export class StoreAhead {
  private readonly files = new Map<string, Ahead>();
  private readonly whole = deferred<void>();
  private readonly described = deferred<void>();
  private following: Promise<void> = Promise.resolve();
  private isWhole = false;
  private hasFailed = false;

  constructor(
    private readonly folder: string,
    private readonly put: (name: string, options: Omit<StoreFileOptions, 'key'>) => Promise<ManifestObject>,
    private readonly onFailure: (name: string, error: unknown) => void,
  ) {
    for (const { promise } of [this.whole, this.described]) promise.catch(() => undefined);
  }

  /** Takes up every file whose name is wanted as soon as it appears. */
  follow(isWanted: (name: string) => boolean): void {
    this.following = (async () => {
      while (!this.isWhole) {
        for (const name of await readdir(this.folder).catch((): string[] => [])) {
          if (isWanted(name)) this.add(name, this.whole.promise);
        }
        await sleep(lookEveryMs);
      }
    })();
  }

  /** The copy failed: nothing of it is stored. */
  async giveUp(reason: unknown): Promise<void> {
    this.isWhole = true;
    this.hasFailed = true;
    this.whole.reject(reason);
    this.described.reject(reason);
    await this.following;
    await Promise.all([...this.files.values()].map(({ stored }) => stored));
  }

  /** Every file of the copy has its last byte. What was read of each that could be read so far, by name. */
  async readWhole(names: readonly string[]): Promise<ReadonlyMap<string, Read>> {
    this.isWhole = true;
    this.whole.resolve();
    await this.following;
    for (const name of names) this.add(name);
    return known(names.map(async (name) => [name, await this.files.get(name)?.read] as const));
  }

  /** The spool describes the files: they may come to be in the store. What is there, by name. */
  async describedAs(names: readonly string[]): Promise<ReadonlyMap<string, ManifestObject>> {
    this.described.resolve();
    return known(names.map(async (name) => [name, await this.files.get(name)?.stored] as const));
  }

  private add(name: string, whole?: Promise<void>): void {
    if (this.files.has(name)) return;
    const read = deferred<Read | undefined>();
    const stored = this.put(name, {
      path: join(this.folder, name),
      ...(whole === undefined ? {} : { whole }),
      beforeStored: async (plain) => {
        read.resolve(plain);
        await this.described.promise;
      },
    }).catch((error: unknown) => {
      if (!this.hasFailed) this.onFailure(name, error);
      return undefined;
    });
    // What failed before it was read is not known; what failed after it has said so already.
    void stored.then(() => read.resolve(undefined));
    this.files.set(name, { read: read.promise, stored });
  }
}

function deferred<T>() {
  let resolve: (value: T) => void = () => undefined;
  let reject: (error: unknown) => void = () => undefined;
  const promise = new Promise<T>((onValue, onError) => {
    resolve = onValue;
    reject = onError;
  });
  return { promise, resolve, reject };
}

async function known<T>(found: Promise<readonly [string, T | undefined]>[]): Promise<ReadonlyMap<string, T>> {
  const all = await Promise.all(found);
  return new Map(all.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const])));
}
