import { spawnSync } from 'node:child_process';
import { createHash, type Hash } from 'node:crypto';
import { chownSync, closeSync, fdatasync, lchownSync, mkdirSync, openSync, symlinkSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { DrError } from '@novacron/contracts/threads';
import { type Owner, SmallFiles, smallFileBytes } from './small-files.js';
import type { TarEntry, TarVisitor } from './tar-reader.js';

/** A file as it was written: its path in the tar, and the hash of the bytes that were given to the file system. */
export interface LaidFile {
  readonly path: string;
  readonly sizeBytes: number;
  readonly sha256: string;
}

/** The disc is kept busy while there is more to write: what is flushed at the end is little then. */
const flushEveryBytes = 32 * 1024 * 1024;
const flushesAtOnce = 2;

interface OpenFile {
  readonly file: number;
  readonly hash: Hash;
  readonly path: string;
  sizeBytes: number;
  unflushed: number;
}

/** One that is gathered before it is written. */
interface SmallFile {
  readonly path: string;
  readonly mode: number;
  readonly whole: Buffer;
  filled: number;
}

/** Writes what a tar holds into a folder that exists, hashes it on the way, and flushes it to the disc. */
export class LayOutFiles implements TarVisitor {
  readonly files: LaidFile[] = [];
  private readonly links = new Set<string>();
  private readonly flushing = new Set<Promise<void>>();
  private failure: { readonly error: unknown } | undefined;
  private present: OpenFile | undefined;
  private small: SmallFile | undefined;
  private readonly smallFiles: SmallFiles;

  constructor(
    private readonly folder: string,
    private readonly owner: Owner | undefined,
  ) {
    this.smallFiles = new SmallFiles(owner);
  }

  begin({ kind, path, mode, target, sizeBytes }: TarEntry): void {
    this.refuseBehindLink(path);
    const at = join(this.folder, path);
    if (kind === 'folder') this.makeFolder(at, mode);
    else if (kind === 'link') {
      symlinkSync(target, at);
      this.links.add(path);
      if (this.owner !== undefined) lchownSync(at, this.owner.uid, this.owner.gid);
    } else if (sizeBytes <= smallFileBytes) {
      this.small = { path, mode, whole: Buffer.allocUnsafeSlow(sizeBytes), filled: 0 };
    } else {
      const file = openSync(at, 'wx', mode);
      if (this.owner !== undefined) chownSync(at, this.owner.uid, this.owner.gid);
      this.present = { file, hash: createHash('sha256'), path, sizeBytes: 0, unflushed: 0 };
    }
  }

  bytes(piece: Buffer): void {
    const { present, small } = this;
    if (small !== undefined) small.filled += piece.copy(small.whole, small.filled);
    if (present === undefined) return;
    for (let at = 0; at < piece.length;) at += writeSync(present.file, piece, at);
    present.hash.update(piece);
    present.sizeBytes += piece.length;
    present.unflushed += piece.length;
    if (present.unflushed < flushEveryBytes || this.flushing.size >= flushesAtOnce) return;
    present.unflushed = 0;
    this.later(promisify(fdatasync)(present.file));
  }

  end(): void {
    const { present, small } = this;
    this.small = undefined;
    if (small !== undefined) {
      const { path, mode, whole } = small;
      this.files.push({ path, sizeBytes: whole.length, sha256: createHash('sha256').update(whole).digest('hex') });
      this.smallFiles.add(join(this.folder, path), whole, mode);
    }
    if (present === undefined) return;
    this.present = undefined;
    const { file, hash, path, sizeBytes } = present;
    this.files.push({ path, sizeBytes, sha256: hash.digest('hex') });
    // A file that is being flushed stays open until that is over.
    const flushed = Promise.allSettled(this.flushing);
    void flushed.then(() => closeSync(file));
  }

  /** Resolved once there is room for more: what was given is not all written yet. @throws the file system's error. */
  room(): Promise<void> {
    return this.smallFiles.room();
  }

  /**
   * Everything is on the disc, and the names of it are: one flush of the file system, as a thousand of files would each wait for its
   * journal. @throws DrError COMMAND_FAILED.
   */
  async finish(): Promise<void> {
    await this.smallFiles.written();
    await Promise.all(this.flushing);
    if (this.failure !== undefined) throw this.failure.error;
    const { status, error, stderr } = spawnSync('sync', ['--file-system', this.folder], { encoding: 'utf8' });
    if (status === 0) return;
    throw new DrError('COMMAND_FAILED', `${this.folder} cannot be flushed to the disc`, {
      details: [{ path: 'sync', problem: error?.message ?? stderr.trim() }],
    });
  }

  private makeFolder(at: string, mode: number): void {
    mkdirSync(at, { recursive: true, mode });
    if (this.owner !== undefined) chownSync(at, this.owner.uid, this.owner.gid);
  }

  private later(flush: Promise<void>): void {
    const kept: Promise<void> = flush
      .catch((error: unknown) => void (this.failure ??= { error }))
      .finally(() => this.flushing.delete(kept));
    this.flushing.add(kept);
  }

  private refuseBehindLink(path: string): void {
    for (let above = dirname(path); above !== '.'; above = dirname(above)) {
      if (this.links.has(above)) throw new DrError('CORRUPT_OBJECT', `${path} lies behind a link of the same archive`);
    }
  }
}
