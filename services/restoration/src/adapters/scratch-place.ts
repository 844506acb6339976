import { chown, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { RunAs } from '@novacron/drivers';
import { releaseTablespaces } from './tablespace-folders.js';

/** The folder of one restore, far from anything that runs: data, WAL, and what was noted on the way. */
export class ScratchPlace {
  readonly folder: string;

  constructor(
    root: string,
    operationId: string,
    /** As whom the restored server runs, where we are root. */
    readonly runAs?: RunAs,
  ) {
    this.folder = join(root, operationId);
  }

  get dataDir(): string {
    return join(this.folder, 'data');
  }

  get walDir(): string {
    return join(this.folder, 'wal');
  }

  get redisDir(): string {
    return join(this.folder, 'redis');
  }

  get tablespaceDir(): string {
    return join(this.folder, 'tablespaces');
  }

  /** What a backup is put together from, while it is. */
  get chainDir(): string {
    return join(this.folder, 'chain');
  }

  get dumpDir(): string {
    return join(this.folder, 'dump');
  }

  /** An empty folder of that path, whatever an earlier attempt left there. */
  async empty(path: string): Promise<void> {
    await rm(path, { recursive: true, force: true });
    // Folders above ours stay open to the user the server runs as; ours is closed to everybody else.
    await mkdir(dirname(this.folder), { recursive: true });
    await mkdir(this.folder, { recursive: true, mode: 0o700 });
    await mkdir(path, { mode: 0o700 });
    await this.handOver(this.folder);
    await this.handOver(path);
  }

  /** Gives a path, and what lies directly in it, to the user the server runs as. */
  async handOver(path: string): Promise<void> {
    const { runAs } = this;
    if (runAs === undefined) return;
    const names = await readdir(path).catch(() => []);
    for (const each of [path, ...names.map((name) => join(path, name))]) await chown(each, runAs.uid, runAs.gid);
  }

  /** Notes that this restore stays when its operation ends, and when the service does. */
  async keep(): Promise<void> {
    await writeFile(join(this.folder, 'kept'), '');
  }

  get isKept(): boolean {
    return existsSync(join(this.folder, 'kept'));
  }

  async removeFolder(path: string): Promise<void> {
    await rm(path, { recursive: true, force: true, maxRetries: 3 });
  }

  async remove(): Promise<void> {
    await releaseTablespaces(this.folder);
    await rm(this.folder, { recursive: true, force: true, maxRetries: 3 });
  }
}
