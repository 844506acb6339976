import { DrError, type ObjectStore, type ProblemDetail, validate } from '@novacron/contracts';
import { type BackupDraft, BackupManifest, objectsOf } from '../manifest/backup-manifest.js';
import { canonicalJson } from '../manifest/canonical-json.js';
import { chainProblems, chainTip } from '../manifest/chain.js';
import { documentSha256, readSigned, sign } from '../manifest/signature.js';
import { concurrently } from '../objects/concurrently.js';
import { readStored } from '../objects/read-object.js';
import type { Keyring } from '../sealing/keyring.js';
import { BackupMark, type BackupMarkDraft, markKey, markName, missingMarks, newestMark } from './backup-mark.js';
import { backupPrefix, backupsPrefix, manifestKey } from './layout.js';

/** A committed backup as a store holds it; what cannot be trusted is a problem, not an exception. Without a manifest it is lost. */
export interface CatalogEntry {
  readonly backupId: string;
  readonly manifest?: BackupManifest;
  readonly marks: readonly BackupMark[];
  readonly problems: readonly ProblemDetail[];
}

export interface CatalogListing {
  /** Oldest first. */
  readonly entries: readonly CatalogEntry[];
  /** Backups whose objects are there without a manifest or a mark: running, or given up. */
  readonly uncommitted: readonly string[];
  /** Backups that retention removed, as their signed marks say. */
  readonly expired: readonly BackupMark[];
  /** Manifests removed from the middle, or two written at once. */
  readonly chain: readonly ProblemDetail[];
}

const readsAtOnce = 8;

/** The backups of one store. The store is the truth: nothing is kept elsewhere, and no index is ever rewritten. */
export class Catalog {
  constructor(
    readonly store: ObjectStore,
    readonly keyring: Keyring,
  ) {}

  /**
   * Makes a backup exist: its manifest, signed and chained to the one before, is written last and once. Before it is, every
   * object must be there in its full size. Committing the same backup again gives the manifest that stands.
   * @throws DrError VERIFY_FAILED naming each object that is missing, CONFLICT when another backup has this id.
   */
  async commit(draft: BackupDraft): Promise<BackupManifest> {
    const existing = await this.find(draft.backupId);
    if (existing !== undefined) return sameBackup(existing, draft);
    const previousManifestSha256 = chainTip(manifestsOf(await this.list()));
    const signed = sign(
      {
        ...draft,
        schemaVersion: 1,
        status: 'completed',
        ...(previousManifestSha256 === undefined ? {} : { previousManifestSha256 }),
      },
      this.keyring,
    );
    const manifest = validate(BackupManifest, JSON.parse(canonicalJson(signed)), 'strict');
    await this.requireObjects(manifest);
    await this.putOnce(manifestKey(draft.backupId), manifest);
    return this.read(draft.backupId);
  }

  /** @throws DrError NOT_FOUND, CORRUPT_OBJECT when it was changed, WRONG_KEY when its signature's key is missing. */
  async read(backupId: string): Promise<BackupManifest> {
    const key = manifestKey(backupId);
    const manifest = readSigned(BackupManifest, await readStored(this.store, key), this.keyring, key);
    if (manifest.backupId === backupId) return manifest;
    throw new DrError('CORRUPT_OBJECT', `${key} is the manifest of ${manifest.backupId}`);
  }

  async list(): Promise<CatalogListing> {
    const ids = new Set<string>();
    const committed = new Set<string>();
    const markKeys = new Map<string, string[]>();
    for await (const { key } of this.store.list(backupsPrefix)) {
      const [, backupId = '', name = ''] = key.split('/');
      ids.add(backupId);
      if (key === manifestKey(backupId)) committed.add(backupId);
      if (markName.test(name)) markKeys.set(backupId, [...(markKeys.get(backupId) ?? []), key]);
    }
    // A mark without a manifest means that a manifest was there.
    const known = [...new Set([...committed, ...markKeys.keys()])].sort();
    const read = await concurrently(known, readsAtOnce, async (backupId) =>
      this.entry(backupId, markKeys.get(backupId) ?? [], committed.has(backupId)),
    );
    const expired = read.flatMap(({ marks }) => marks.find(({ mark }) => mark === 'expired') ?? []);
    const entries = read.filter(({ marks }) => marks.every(({ mark }) => mark !== 'expired'));
    const manifests = entries.flatMap((entry) => entry.manifest ?? []);
    return {
      entries,
      uncommitted: [...ids].filter((backupId) => !known.includes(backupId)).sort(),
      expired,
      chain: chainProblems(manifests, new Set(expired.map(({ manifestSha256 }) => manifestSha256))),
    };
  }

  /** One committed backup with its marks. @throws DrError NOT_FOUND. */
  async show(backupId: string): Promise<CatalogEntry> {
    const keys: string[] = [];
    for await (const { key } of this.store.list(backupPrefix(backupId))) keys.push(key);
    const markKeys = keys.filter((key) => markName.test(key.slice(backupPrefix(backupId).length)));
    const entry = keys.includes(manifestKey(backupId)) ? await this.entry(backupId, markKeys, true) : undefined;
    if (entry !== undefined && entry.marks.every(({ mark }) => mark !== 'expired')) return entry;
    throw new DrError('NOT_FOUND', `${this.store.name} has no backup ${backupId}`);
  }

  /** Records what was found out about a committed backup. The same mark at the same time is accepted again. */
  async mark(backupId: string, draft: BackupMarkDraft, at: Date): Promise<BackupMark> {
    const { marks, ...entry } = await this.show(backupId);
    const manifest = entry.manifest ?? (await this.read(backupId));
    const fields = { ...draft, schemaVersion: 1, backupId, at: at.toISOString() };
    const standing = marks.find((one) => one.mark === draft.mark && one.at === fields.at);
    if (standing !== undefined) return standing;
    const previousMarkSha256 = newestMark(marks);
    const signed = sign({ ...fields, manifestSha256: documentSha256(manifest), previousMarkSha256 }, this.keyring);
    const mark = validate(BackupMark, JSON.parse(canonicalJson(signed)), 'strict');
    await this.putOnce(markKey(backupId, draft.mark, at), mark);
    return mark;
  }

  private async entry(backupId: string, markKeys: readonly string[], committed: boolean): Promise<CatalogEntry> {
    const problems: ProblemDetail[] = [];
    const attempt = async <T>(key: string, work: () => Promise<T>): Promise<T | undefined> => {
      try {
        return await work();
      } catch (error) {
        const known = DrError.from(error);
        if (known.retryable) throw known;
        problems.push({ path: key, problem: known.message });
        return undefined;
      }
    };
    const manifest = committed ? await attempt(manifestKey(backupId), async () => this.read(backupId)) : undefined;
    const marks = await concurrently([...markKeys].sort(), readsAtOnce, async (key) =>
      attempt(key, async () => this.readMark(key, backupId, manifest)),
    );
    const known = marks.filter((mark) => mark !== undefined);
    if (!committed)
      problems.push({ path: manifestKey(backupId), problem: 'is missing although marks of it are there' });
    problems.push(...missingMarks(known));
    return { backupId, marks: known, problems, ...(manifest === undefined ? {} : { manifest }) };
  }

  private async readMark(key: string, backupId: string, manifest: BackupManifest | undefined): Promise<BackupMark> {
    const mark = readSigned(BackupMark, await readStored(this.store, key), this.keyring, key);
    const fits = manifest === undefined || mark.manifestSha256 === documentSha256(manifest);
    // What one store let go says nothing of another: carried over, such a mark would hide a backup.
    const isOurs = mark.mark !== 'expired' || mark.store === this.store.name;
    if (fits && isOurs && mark.backupId === backupId) return mark;
    throw new DrError('CORRUPT_OBJECT', `${key} is a mark of another backup`);
  }

  private async find(backupId: string): Promise<BackupManifest | undefined> {
    if ((await this.store.head(manifestKey(backupId))) === undefined) return undefined;
    return this.read(backupId);
  }

  private async requireObjects(manifest: BackupManifest): Promise<void> {
    const found = await concurrently(objectsOf(manifest), readsAtOnce, async ({ key, sizeBytes }) => {
      if (!key.startsWith(backupPrefix(manifest.backupId))) return { path: key, problem: 'belongs to another backup' };
      const info = await this.store.head(key);
      if (info?.sizeBytes === sizeBytes) return undefined;
      const problem = info === undefined ? 'is missing' : `has ${info.sizeBytes} bytes instead of ${sizeBytes}`;
      return { path: key, problem };
    });
    const details = found.filter((problem) => problem !== undefined);
    if (details.length === 0) return;
    throw new DrError('VERIFY_FAILED', `${manifest.backupId} lacks objects that its manifest names`, { details });
  }

  private async putOnce(key: string, document: object): Promise<void> {
    const bytes = Buffer.from(canonicalJson(document));
    try {
      await this.store.put(key, bytes, { sizeBytes: bytes.length, retain: true });
    } catch (error) {
      // A put that was confirmed late, or done before a crash: the same bytes are the same fact.
      if (!DrError.is(error) || error.code !== 'CONFLICT') throw error;
      if (!(await readStored(this.store, key)).equals(bytes)) throw error;
    }
  }
}

export function manifestsOf(listing: CatalogListing): BackupManifest[] {
  return listing.entries.flatMap((entry) => entry.manifest ?? []);
}

/** The manifest that stands, when it is of the same objects as the draft. */
function sameBackup(existing: BackupManifest, draft: BackupDraft): BackupManifest {
  if (canonicalJson(objectsOf(existing)) === canonicalJson(draft.components.flatMap((one) => one.objects))) {
    return existing;
  }
  throw new DrError('CONFLICT', `${draft.backupId} is committed already, with other objects`);
}
