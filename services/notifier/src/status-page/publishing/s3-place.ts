import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import { DrError } from '@novacron/contracts';
import { type SiteFile, siteFile } from '../site/site-file.js';
import { cacheControl } from '../serving/cache-control.js';
import { compareGenerations, type Generation, generationText, parseGeneration } from './generation.js';
import { type Manifest, manifestText, readManifest } from './manifest.js';
import { manifestPath, type Place, type PlaceOutcome, publishingOrder, type Release } from './place.js';

export interface S3PlaceOptions {
  readonly name: string;
  readonly bucket: string;
  readonly region: string;
  readonly endpoint?: string;
  readonly prefix: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

const triesOfOne = 5;
const atOnce = 8;

/** What stood there at the beginning, and whether that is of the release that the manifest names. */
interface Seen {
  readonly listed: ReadonlyMap<string, string>;
  readonly isOf: (path: string, mark: string) => boolean;
}

/** Thrown inside when an object of a newer release stands in the way. */
class Overtaken extends Error {
  constructor(readonly by: Generation) {
    super('overtaken');
  }
}

/**
 * A bucket that serves web pages. Every object carries its release's generation, and is written only over the very object that was
 * looked at before (If-Match): whoever is late is refused by the store itself, looks, and gives up where it finds a newer one.
 * Objects that somebody else changed meanwhile are found by their marks in the next listing, and put right. A store that knows no
 * If-Match is asked for the generation before each write instead.
 */
export class S3Place implements Place {
  readonly name: string;
  private readonly client: S3Client;
  private conditional = true;

  constructor(private readonly options: S3PlaceOptions) {
    this.name = options.name;
    const { region, endpoint, accessKeyId, secretAccessKey } = options;
    this.client = new S3Client({
      region,
      ...(endpoint === undefined ? {} : { endpoint, forcePathStyle: true }),
      credentials: { accessKeyId, secretAccessKey },
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
      // The worker tries again, with the newest release.
      maxAttempts: 1,
      requestHandler: { connectionTimeout: 3_000, socketTimeout: 15_000 },
    });
  }

  close(): void {
    this.client.destroy();
  }

  async publish(release: Release, signal: AbortSignal): Promise<PlaceOutcome> {
    try {
      return { kind: 'published', files: await this.bring(release, signal) };
    } catch (error) {
      if (error instanceof Overtaken) return { kind: 'overtaken', by: error.by };
      throw this.failure(error, signal);
    }
  }

  private async bring(release: Release, signal: AbortSignal): Promise<number> {
    const [known, listed] = await Promise.all([this.manifest(signal), this.listing(signal)]);
    if (known !== undefined && compareGenerations(release.generation, known.generation) < 0)
      throw new Overtaken(known.generation);
    const marks = new Map<string, string>();
    const seen: Seen = { listed, isOf: (path, mark) => known?.marks.get(path) === mark };
    const changed: SiteFile[] = [];
    for (const path of publishingOrder(release.site.keys())) {
      const file = release.site.get(path);
      const mark = listed.get(path);
      if (file === undefined) continue;
      if (mark !== undefined && known?.hashes.get(path) === file.hash && seen.isOf(path, mark)) marks.set(path, mark);
      else changed.push(file);
    }
    const first = changed.filter(({ path }) => !path.endsWith('index.html'));
    await this.putAll(first, seen, marks, release, signal);
    await this.putAll(changed.slice(first.length), seen, marks, release, signal);
    const manifest = siteFile(manifestPath, manifestText(release, marks));
    await this.put(manifest, seen, release, signal);
    await this.removeOthers(known, release, signal);
    return changed.length;
  }

  private async putAll(
    files: readonly SiteFile[],
    seen: Seen,
    marks: Map<string, string>,
    release: Release,
    signal: AbortSignal,
  ): Promise<void> {
    const left = [...files];
    const work = async (): Promise<void> => {
      for (let file = left.shift(); file !== undefined; file = left.shift()) {
        marks.set(file.path, await this.put(file, seen, release, signal));
      }
    };
    await Promise.all(Array.from({ length: atOnce }, work));
  }

  /** The mark of the object as written. */
  private async put(file: SiteFile, seen: Seen, release: Release, signal: AbortSignal): Promise<string> {
    let mark = seen.listed.get(file.path);
    // A newer release that is just being written is in the listing already, and not yet in the manifest.
    let known = mark === undefined || seen.isOf(file.path, mark);
    for (let attempt = 1; ; attempt += 1) {
      if (!this.conditional || !known) mark = await this.look(file.path, release, signal);
      try {
        return await this.write(file, mark, release, signal);
      } catch (error) {
        if (statusOf(error) === 501 && this.conditional) this.conditional = false;
        else if (![404, 409, 412].includes(statusOf(error)) || attempt === triesOfOne) throw error;
        known = false;
      }
    }
  }

  private async write(
    file: SiteFile,
    mark: string | undefined,
    release: Release,
    signal: AbortSignal,
  ): Promise<string> {
    const condition = mark === undefined ? { IfNoneMatch: '*' } : this.conditional ? { IfMatch: mark } : {};
    const { ETag = '' } = await this.client.send(
      new PutObjectCommand({
        Bucket: this.options.bucket,
        Key: this.key(file.path),
        Body: file.body,
        ContentLength: file.body.length,
        ContentType: file.type,
        CacheControl: cacheControl,
        Metadata: { 'dr-generation': generationText(release.generation) },
        ...condition,
      }),
      { abortSignal: signal },
    );
    return ETag;
  }

  /** The object's mark now, undefined when there is none. @throws Overtaken when it is of a newer release. */
  private async look(path: string, release: Release, signal: AbortSignal): Promise<string | undefined> {
    try {
      const head = await this.client.send(new HeadObjectCommand({ Bucket: this.options.bucket, Key: this.key(path) }), {
        abortSignal: signal,
      });
      const generation = parseGeneration(head.Metadata?.['dr-generation']);
      if (generation !== undefined && compareGenerations(release.generation, generation) < 0)
        throw new Overtaken(generation);
      return head.ETag;
    } catch (error) {
      if (statusOf(error) === 404) return undefined;
      throw error;
    }
  }

  private async manifest(signal: AbortSignal): Promise<Manifest | undefined> {
    try {
      const object = await this.client.send(
        new GetObjectCommand({ Bucket: this.options.bucket, Key: this.key(manifestPath) }),
        { abortSignal: signal },
      );
      return readManifest((await object.Body?.transformToString()) ?? '');
    } catch (error) {
      if (statusOf(error) === 404 && (error as Error).name !== 'NoSuchBucket') return undefined;
      throw error;
    }
  }

  private async listing(signal: AbortSignal): Promise<ReadonlyMap<string, string>> {
    const marks = new Map<string, string>();
    let next: string | undefined;
    do {
      const page = await this.client.send(
        new ListObjectsV2Command({
          Bucket: this.options.bucket,
          Prefix: this.options.prefix,
          ...(next === undefined ? {} : { ContinuationToken: next }),
        }),
        { abortSignal: signal },
      );
      for (const { Key = '', ETag = '' } of page.Contents ?? []) marks.set(Key.slice(this.options.prefix.length), ETag);
      next = page.IsTruncated === true ? page.NextContinuationToken : undefined;
    } while (next !== undefined);
    return marks;
  }

  /** What the last release had and this one has not; nothing that we did not bring. */
  private async removeOthers(known: Manifest | undefined, release: Release, signal: AbortSignal): Promise<void> {
    for (const path of known?.hashes.keys() ?? []) {
      if (release.site.has(path)) continue;
      await this.client.send(new DeleteObjectCommand({ Bucket: this.options.bucket, Key: this.key(path) }), {
        abortSignal: signal,
      });
    }
  }

  private key(path: string): string {
    return `${this.options.prefix}${path}`;
  }

  private failure(error: unknown, signal: AbortSignal): DrError {
    if (DrError.is(error)) return error;
    const what = `the status page could not be published to ${this.name}`;
    if (signal.aborted) return new DrError('TIMEOUT', `${what} in time`, { cause: error });
    if (error instanceof S3ServiceException) {
      const denied = [401, 403].includes(statusOf(error));
      return new DrError('STORE_FAILED', `${what}: ${error.name} (${statusOf(error)})`, {
        cause: error,
        ...(denied ? { hint: 'check the access key, its secret and its rights on the bucket' } : {}),
      });
    }
    const code = (error as { readonly code?: string }).code ?? (error as Error).name;
    return new DrError('UNREACHABLE', `${what}: ${code}`, { cause: error });
  }
}

function statusOf(error: unknown): number {
  return error instanceof S3ServiceException ? (error.$metadata.httpStatusCode ?? 0) : 0;
}
