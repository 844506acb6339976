import { chown, mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { release } from '@novacron/contracts/threads';

/** Whose what is laid out becomes. */
export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** Of a database's files nine in ten are smaller; they are a hundredth of its bytes. */
export const smallFileBytes = 512 * 1024;
const mostBytes = 8 * 1024 * 1024;
const mostFiles = 64;

/**
 * Writes small files beside the thread that hands them over: to make a file costs more than to write its bytes, and the thread has
 * larger ones to hash. What is on its way is bounded in files and bytes.
 */
export class SmallFiles {
  private readonly writing = new Set<Promise<void>>();
  private onTheWayBytes = 0;
  private failure: { readonly error: unknown } | undefined;

  constructor(private readonly owner: Owner | undefined) {}

  /** The bytes are its own from now on. What fails is told by {@link room} and {@link written}. */
  add(path: string, bytes: Buffer, mode: number): void {
    this.onTheWayBytes += bytes.length;
    const { length } = bytes;
    const kept: Promise<void> = this.write(path, bytes, mode)
      .catch((error: unknown) => void (this.failure ??= { error }))
      .finally(() => {
        this.onTheWayBytes -= length;
        this.writing.delete(kept);
        release(bytes);
      });
    this.writing.add(kept);
  }

  /** Resolved once more may be handed over. @throws the file system's error. */
  async room(): Promise<void> {
    while (this.onTheWayBytes > mostBytes || this.writing.size > mostFiles) await Promise.race(this.writing);
    if (this.failure !== undefined) throw this.failure.error;
  }

  /** Resolved once the file system has all of them. @throws the file system's error. */
  async written(): Promise<void> {
    await Promise.all(this.writing);
    if (this.failure !== undefined) throw this.failure.error;
  }

  private async write(path: string, bytes: Buffer, mode: number): Promise<void> {
    const how = { flag: 'wx', mode };
    await writeFile(path, bytes, how).catch(async (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
      await this.makeFolder(dirname(path));
      await writeFile(path, bytes, how);
    });
    if (this.owner !== undefined) await chown(path, this.owner.uid, this.owner.gid);
  }

  /** PostgreSQL's tar of WAL has `archive_status/` in the names of its files, and no entry for the folder. */
  private async makeFolder(path: string): Promise<void> {
    await mkdir(path, { recursive: true, mode: 0o700 });
    if (this.owner !== undefined) await chown(path, this.owner.uid, this.owner.gid);
  }
}
