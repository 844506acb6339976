import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, readFile, rename, rm, stat, statfs, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { DrError } from '@novacron/contracts';
import type { SpooledComponent, SpooledFile } from '../domain/spooled-component.js';

/** At once: reading in the usual 64 KiB costs more turns of the event loop than the hashes do. */
const readBytes = 512 * 1024;

const headers = '.headers';

/** The folder of one backup on its way to a store. What is described there is whole; anything else is an attempt. */
export class BackupSpool {
  readonly folder: string;

  constructor(spool: string, backupId: string) {
    this.folder = join(spool, backupId);
  }

  async make(): Promise<{ readonly freeBytes: number }> {
    await mkdir(this.folder, { recursive: true, mode: 0o700 });
    const { bavail, bsize } = await statfs(this.folder);
    return { freeBytes: bavail * bsize };
  }

  path(file: Pick<SpooledFile, 'path'>): string {
    return join(this.folder, file.path);
  }

  /** A folder of the component for one attempt, empty: a program of a former life may still write into an older one. */
  async attemptFolder(component: string, attempt: number): Promise<{ readonly path: string; readonly name: string }> {
    const name = join(component, `attempt-${attempt}`);
    const path = join(this.folder, name);
    // First the headers: none may ever be taken up for other content.
    for (const each of [`${path}${headers}`, path]) await rm(each, { recursive: true, force: true });
    await mkdir(path, { recursive: true, mode: 0o700 });
    return { path, name };
  }

  /** Where the header that a file is sealed under is kept, beside its attempt's folder. */
  headerOf({ path }: Pick<SpooledFile, 'path'>): string {
    return join(this.folder, `${dirname(path)}${headers}`, basename(path));
  }

  /** Whether the file is still what was described: after a crash of the machine it need not be. */
  async isUnchanged({ path, name, sha256 }: SpooledFile): Promise<boolean> {
    return (await this.describeFile(dirname(path), name)).sha256 === sha256;
  }

  /** Size and SHA-256 of a file in an attempt's folder. */
  async describeFile(folderName: string, name: string): Promise<SpooledFile> {
    const path = join(folderName, name);
    const hash = createHash('sha256');
    await pipeline(createReadStream(join(this.folder, path), { highWaterMark: readBytes }), hash);
    const { size } = await stat(join(this.folder, path));
    return { name, path, sizeBytes: size, sha256: hash.digest('hex') };
  }

  /** Says that a component is whole. Atomic: after a crash it is there with all it names, or not at all. */
  async describe(component: SpooledComponent): Promise<void> {
    const path = this.descriptionOf(component.component);
    await writeFile(`${path}.part`, JSON.stringify(component), { mode: 0o600 });
    await rename(`${path}.part`, path);
  }

  /** What was described, as long as every file of it is there in its size. */
  async find(component: string): Promise<SpooledComponent | undefined> {
    const text = await readFile(this.descriptionOf(component), 'utf8').catch(() => undefined);
    if (text === undefined) return undefined;
    const described = JSON.parse(text) as SpooledComponent;
    return (await this.isWhole(described)) ? described : undefined;
  }

  /** @throws DrError PRECONDITION_FAILED naming the file that is not there: it was spooled by another machine, or removed. */
  async require(component: SpooledComponent): Promise<void> {
    if (await this.isWhole(component)) return;
    throw new DrError('PRECONDITION_FAILED', `the spool does not hold all of ${component.component} any more`, {
      hint: 'begin a new backup',
    });
  }

  async exists(): Promise<boolean> {
    return (await stat(this.folder).catch(() => undefined)) !== undefined;
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }

  private async isWhole(component: SpooledComponent): Promise<boolean> {
    const sizes = await Promise.all(
      component.files.map(async (file) => (await stat(this.path(file)).catch(() => undefined))?.size),
    );
    return component.files.every((file, place) => sizes[place] === file.sizeBytes);
  }

  private descriptionOf(component: string): string {
    return join(this.folder, `${component}.json`);
  }
}
