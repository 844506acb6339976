import { DrError } from '@novacron/contracts';
import { httpRequest } from '@novacron/drivers';
import { signature } from '../../channels/webhook/signature.js';
import type { SiteFile } from '../site/site-file.js';
import { type Generation, generationText, parseGeneration } from './generation.js';
import { type Place, type PlaceOutcome, publishingOrder, type Release } from './place.js';

export interface WebhookPlaceOptions {
  readonly name: string;
  readonly url: string;
  /** Asked each time: it may be rotated. */
  readonly secret: () => Promise<string>;
  readonly nowMs?: () => number;
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/**
 * A receiver of our own protocol: a POST of JSON, signed as Standard Webhooks asks, with the files that changed since what it took
 * last. It answers 2xx when it has them all, 409 with `{"generation"}` when it has a newer release, 409 with `{"need":"everything"}`
 * when it has not what the changes build on. It must take a release whole or not at all.
 */
export class WebhookPlace implements Place {
  readonly name: string;
  /** What the receiver has, as far as we know. */
  private taken: { readonly generation: Generation; readonly hashes: ReadonlyMap<string, string> } | undefined;

  constructor(private readonly options: WebhookPlaceOptions) {
    this.name = options.name;
  }

  close(): void {}

  async publish(release: Release, signal: AbortSignal): Promise<PlaceOutcome> {
    const changes = this.changed(release);
    let answer = await this.send(release, changes, this.taken?.generation, signal);
    let files = changes.length;
    if (answer.status === 409 && (answer.body as { readonly need?: unknown } | null)?.need === 'everything') {
      files = release.site.size;
      answer = await this.send(release, [...release.site.values()], undefined, signal);
    }
    if (answer.status >= 200 && answer.status < 300) {
      this.taken = {
        generation: release.generation,
        hashes: new Map([...release.site].map(([path, { hash }]) => [path, hash])),
      };
      return { kind: 'published', files };
    }
    this.taken = undefined;
    const newer =
      answer.status === 409
        ? parseGeneration((answer.body as { readonly generation?: unknown } | null)?.generation)
        : undefined;
    if (newer !== undefined) return { kind: 'overtaken', by: newer };
    throw new DrError('STORE_FAILED', `the receiver ${this.name} answered ${answer.status}`, {
      retryable: answer.status >= 500,
    });
  }

  private changed({ site }: Release): readonly SiteFile[] {
    return [...site.values()].filter(({ path, hash }) => this.taken?.hashes.get(path) !== hash);
  }

  private async send(
    release: Release,
    files: readonly SiteFile[],
    base: Generation | undefined,
    signal: AbortSignal,
  ): Promise<Answer> {
    signal.throwIfAborted();
    const { url, secret, nowMs = Date.now } = this.options;
    const generation = generationText(release.generation);
    const body = JSON.stringify({
      type: 'status-page.published',
      timestamp: release.generatedAt,
      data: {
        generation,
        ...(base === undefined ? {} : { base: generationText(base) }),
        paths: [...release.site.keys()],
        files: publishingOrder(files.map(({ path }) => path)).map((path) => fileJson(release.site.get(path))),
      },
    });
    const id = `status-page_${generation}${base === undefined ? '_whole' : ''}`;
    const seconds = Math.floor(nowMs() / 1000);
    const answer = await httpRequest({
      url,
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'user-agent': 'novacron-dr',
        'webhook-id': id,
        'webhook-timestamp': String(seconds),
        'webhook-signature': signature(await secret(), id, seconds, body),
      },
      body,
      connectTimeoutMs: 4_000,
      timeoutMs: 15_000,
      maxBodyBytes: 64 * 1024,
    });
    return { status: answer.status, body: parsed(answer.body) };
  }
}

function fileJson(file: SiteFile | undefined): unknown {
  if (file === undefined) return undefined;
  const { path, type, hash, body } = file;
  return type === 'image/png'
    ? { path, type, hash, base64: body.toString('base64') }
    : { path, type, hash, text: body.toString() };
}

function parsed(body: Uint8Array | string): unknown {
  try {
    return JSON.parse(Buffer.from(body).toString()) as unknown;
  } catch {
    return undefined;
  }
}
