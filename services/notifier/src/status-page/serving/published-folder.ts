import { readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { DrError } from '@novacron/contracts';
import { staleAfterMs } from '../pages/script.js';
import { compareGenerations } from '../publishing/generation.js';
import { type Manifest, readManifest } from '../publishing/manifest.js';
import { manifestPath } from '../publishing/place.js';
import { type Site, type SiteFile, siteFile } from '../site/site-file.js';

interface Held {
  readonly folder: string;
  readonly release: string;
  readonly manifest: Manifest;
  readonly site: Site;
  aged?: Site;
}

const lookEveryMs = 1_000;
const nothing: Site = new Map();

/**
 * The page as it was published last, read from its folders: for a server that needs neither a bus nor a notifier. Of several folders
 * the newest release counts. A release that is not whole is left out, and what was served before goes on being served.
 */
export class PublishedFolder {
  private held: Held | undefined;
  private lookedAtMs = -Infinity;
  private looking: Promise<void> | undefined;
  /** Why a folder could not be read when it was looked at last. */
  readonly problems = new Map<string, string>();

  constructor(private readonly folders: readonly string[]) {}

  /** Empty when no folder has a page. Never rejects. */
  async site(nowMs: number): Promise<Site> {
    if (Math.abs(nowMs - this.lookedAtMs) >= lookEveryMs) {
      this.looking ??= this.look(nowMs).finally(() => (this.looking = undefined));
      await this.looking;
    }
    const { held } = this;
    if (held === undefined) return nothing;
    if (nowMs - Date.parse(held.manifest.generatedAt) < staleAfterMs) return held.site;
    held.aged ??= aged(held.site);
    return held.aged;
  }

  private async look(nowMs: number): Promise<void> {
    for (const folder of this.folders) {
      try {
        const found = await this.read(folder);
        const newer = this.held && compareGenerations(found.manifest.generation, this.held.manifest.generation) > 0;
        if (newer !== false) this.held = found;
        this.problems.delete(folder);
      } catch (error) {
        this.problems.set(folder, DrError.from(error).message);
      }
    }
    this.lookedAtMs = nowMs;
  }

  private async read(folder: string): Promise<Held> {
    const release = await readlink(join(folder, 'current')).catch(() => {
      throw new DrError('NOT_FOUND', `${folder} has no published page`);
    });
    if (this.held?.folder === folder && this.held.release === release) return this.held;
    const root = join(folder, release);
    const manifest = readManifest(await readFile(join(root, manifestPath), 'utf8').catch(() => ''));
    if (manifest === undefined) throw new DrError('STORE_FAILED', `${folder}: the page has no ${manifestPath}`);
    const files = new Map<string, SiteFile>();
    for (const [path, hash] of manifest.hashes) files.set(path, await this.file(root, path, hash));
    return { folder, release, manifest, site: files };
  }

  private async file(root: string, path: string, hash: string): Promise<SiteFile> {
    const known = this.held?.site.get(path);
    if (known?.hash === hash) return known;
    const file = siteFile(path, await readFile(join(root, path)));
    if (file.hash !== hash) throw new DrError('STORE_FAILED', `${join(root, path)} is not what was published`);
    return file;
  }
}

/** Says at once, and without a script, that it is old. */
function aged(site: Site): Site {
  return new Map(
    [...site].map(([path, file]) => {
      const text = path.endsWith('.html') ? file.body.toString() : '';
      const shown = text.replace(/(?<open><p class="note" id="stale" role="alert") hidden/u, '$<open>');
      return [path, shown === text || text === '' ? file : siteFile(path, shown)];
    }),
  );
}
