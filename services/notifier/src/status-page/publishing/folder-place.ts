import { constants } from 'node:fs';
import { link, mkdir, open, readdir, readFile, readlink, rename, rm, stat, symlink, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DrError } from '@novacron/contracts';
import type { SiteFile } from '../site/site-file.js';
import { compareGenerations, generationText, parseGeneration } from './generation.js';
import { type Manifest, manifestText, readManifest } from './manifest.js';
import { manifestPath, type Place, type PlaceOutcome, type Release } from './place.js';

const keptReleases = 3;
/** A lock that stands unchanged for as long as this was left by a process that died: it is held for a rename only. */
const deadLockMs = 3_000;
const abandonedMs = 10 * 60_000;

/**
 * A folder that a web server serves. Each release is a folder of its own under `releases/`, files that did not change being links to
 * those of the last one; `current` is a symbolic link that is moved from one to the next, so that all files change at one instant.
 * Two publishers compare and move it in turns. A process that is stopped for seconds in the middle of its turn may move it back for
 * as long as it takes to look again, which it does at once.
 */
export class FolderPlace implements Place {
  constructor(
    readonly name: string,
    private readonly folder: string,
  ) {}

  close(): void {}

  async publish(release: Release, signal: AbortSignal): Promise<PlaceOutcome> {
    try {
      return await this.publishIn(release, signal);
    } catch (error) {
      if (DrError.is(error)) throw error;
      const { code = '' } = error as NodeJS.ErrnoException;
      throw new DrError(
        'STORE_FAILED',
        `the status page could not be written to ${this.name}: ${code || String(error)}`,
        { cause: error },
      );
    }
  }

  private async publishIn(release: Release, signal: AbortSignal): Promise<PlaceOutcome> {
    await mkdir(join(this.folder, 'releases'), { recursive: true });
    const known = await this.current();
    if (known !== undefined && compareGenerations(release.generation, known.generation) < 0)
      return { kind: 'overtaken', by: known.generation };
    const name = generationText(release.generation);
    const part = join(this.folder, 'releases', `.${name}-${process.pid}-${Math.random().toString(36).slice(2)}`);
    try {
      const files = await this.write(part, release, known, signal);
      const overtakenBy = await this.inTurn(async () => this.moveTo(part, name, release), signal);
      await this.prune(name);
      return overtakenBy === undefined ? { kind: 'published', files } : { kind: 'overtaken', by: overtakenBy };
    } finally {
      await rm(part, { recursive: true, force: true });
    }
  }

  private async current(): Promise<Manifest | undefined> {
    const text = await readFile(join(this.folder, 'current', manifestPath), 'utf8').catch(() => '');
    return readManifest(text);
  }

  /** The release whole, on disk, not yet seen by anybody. */
  private async write(
    part: string,
    release: Release,
    known: Manifest | undefined,
    signal: AbortSignal,
  ): Promise<number> {
    const files = [...release.site.values()];
    const folders = new Set(files.map(({ path }) => dirname(join(part, path))));
    for (const folder of folders) await mkdir(folder, { recursive: true });
    let written = 0;
    for (const file of files) {
      signal.throwIfAborted();
      const same = known?.hashes.get(file.path) === file.hash;
      if (same && (await this.linked(file, part))) continue;
      await writeThrough(join(part, file.path), file.body);
      written += 1;
    }
    await writeThrough(join(part, manifestPath), Buffer.from(manifestText(release)));
    return written;
  }

  private async linked({ path, body }: SiteFile, part: string): Promise<boolean> {
    const old = join(this.folder, 'current', path);
    try {
      if ((await stat(old)).size !== body.length) return false;
      await link(old, join(part, path));
      return true;
    } catch {
      return false;
    }
  }

  /** Moves `current`, unless what it shows is newer. */
  private async moveTo(part: string, name: string, release: Release): Promise<Manifest['generation'] | undefined> {
    const known = await this.current();
    if (known !== undefined && compareGenerations(release.generation, known.generation) < 0) return known.generation;
    const target = join(this.folder, 'releases', name);
    // What stands there under our name is a release of ours that was not finished.
    if ((await this.target()) !== name) await rm(target, { recursive: true, force: true });
    else return undefined;
    await rename(part, target);
    await this.point(name);
    return undefined;
  }

  private async target(): Promise<string | undefined> {
    const to = await readlink(join(this.folder, 'current')).catch(() => undefined);
    return to?.slice('releases/'.length);
  }

  private async point(name: string): Promise<void> {
    const next = join(this.folder, `.current-${process.pid}`);
    await rm(next, { force: true });
    await symlink(`releases/${name}`, next);
    await rename(next, join(this.folder, 'current'));
  }

  private async inTurn<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
    const lock = join(this.folder, 'releases', '.lock');
    let seen = { mark: '', sinceMs: 0 };
    for (;;) {
      signal.throwIfAborted();
      try {
        await (await open(lock, constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY)).close();
        break;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      }
      const mark = await stat(lock).then(
        ({ ino, mtimeMs }) => `${ino} ${mtimeMs}`,
        () => '',
      );
      if (mark !== seen.mark) seen = { mark, sinceMs: performance.now() };
      else if (performance.now() - seen.sinceMs > deadLockMs) await unlink(lock).catch(() => {});
      await sleep(20, undefined, { signal });
    }
    try {
      return await work();
    } finally {
      await unlink(lock).catch(() => {});
    }
  }

  /** Older releases but a few, for readers that are still in them; and what killed publishers left. */
  private async prune(current: string): Promise<void> {
    const folder = join(this.folder, 'releases');
    const names = await readdir(folder);
    const done = names
      .map((name) => ({ name, generation: parseGeneration(name) }))
      .filter((one): one is { name: string; generation: Manifest['generation'] } => one.generation !== undefined)
      .toSorted((a, b) => compareGenerations(b.generation, a.generation));
    const shown = await this.target();
    const old = done
      .slice(keptReleases)
      .map(({ name }) => name)
      .filter((name) => name !== current && name !== shown);
    for (const name of old) await rm(join(folder, name), { recursive: true, force: true });
    for (const name of names.filter((one) => one.startsWith('.') && one !== '.lock')) {
      const age = await stat(join(folder, name)).then(
        ({ mtimeMs }) => Date.now() - mtimeMs,
        () => 0,
      );
      if (age > abandonedMs) await rm(join(folder, name), { recursive: true, force: true });
    }
  }
}

/** Whole and on disk, before anything points to it. */
async function writeThrough(path: string, body: Uint8Array): Promise<void> {
  const file = await open(path, 'w', 0o644);
  try {
    await file.writeFile(body);
    await file.datasync();
  } finally {
    await file.close();
  }
}
