import { once } from 'node:events';
import type { MessagePort } from 'node:worker_threads';
import { DrError, type ErrorReply } from '../errors/dr-error.js';

type FromSender = { readonly chunk: Uint8Array } | { readonly end: true } | { readonly error: ErrorReply };

/** Chunks that are on their way and not taken yet: what a channel holds at most is so many times the sender's chunk. */
const chunksOnTheWay = 4;

/**
 * The sending end of a stream of bytes between two threads. A chunk that owns its memory is handed over, not copied, and must not be
 * used afterwards.
 */
export class ByteSender {
  private open = 0;
  private closed = false;
  private wake: (() => void) | undefined;

  constructor(private readonly port: MessagePort) {
    // What comes back says only that a chunk was taken.
    port.on('message', () => {
      this.open -= 1;
      this.wake?.();
    });
    port.on('close', () => {
      this.closed = true;
      this.wake?.();
    });
  }

  /** Resolved once there is room for another. @throws DrError INTERNAL when the receiver has gone: what it says counts then. */
  async send(chunk: Uint8Array): Promise<void> {
    await this.until(() => this.open < chunksOnTheWay);
    this.open += 1;
    const own = ownsItsMemory(chunk) ? chunk : new Uint8Array(chunk);
    this.port.postMessage({ chunk: own } satisfies FromSender, [own.buffer as ArrayBuffer]);
  }

  /** Everything was sent; resolved once everything was taken. @throws DrError as {@link send} does. */
  async end(): Promise<void> {
    await this.until(() => this.open === 0);
    this.port.postMessage({ end: true } satisfies FromSender);
  }

  /** Has the receiver fail with this error. */
  fail(error: unknown): void {
    this.port.postMessage({ error: DrError.from(error).toReply() } satisfies FromSender);
  }

  private async until(isSo: () => boolean): Promise<void> {
    while (!this.closed && !isSo()) await new Promise<void>((resolve) => (this.wake = resolve));
    if (this.closed) throw new DrError('INTERNAL', 'who was to receive has gone');
  }
}

/** The receiving end: the chunks in order. Ends without an error only when the sender has said that this was all. */
export async function* receivedBytes(port: MessagePort): AsyncGenerator<Uint8Array> {
  const arrived: FromSender[] = [];
  let closed = false;
  const news = new EventTarget();
  port.on('message', (message: FromSender) => {
    arrived.push(message);
    news.dispatchEvent(new Event('news'));
  });
  port.on('close', () => {
    closed = true;
    news.dispatchEvent(new Event('news'));
  });
  try {
    for (;;) {
      const message = arrived.shift();
      if (message === undefined) {
        if (closed) throw new DrError('INTERNAL', 'who was to send has gone');
        await once(news, 'news');
      } else if ('chunk' in message) {
        yield message.chunk;
        port.postMessage('taken');
      } else if ('error' in message) throw DrError.fromReply(message.error);
      else return;
    }
  } finally {
    port.close();
  }
}

/** Gives memory back at once instead of at the next collection; the chunk must not be used afterwards. */
export function release(chunk: Uint8Array): void {
  if (ownsItsMemory(chunk)) (chunk.buffer as ArrayBuffer & { transfer(sizeBytes: number): void }).transfer(0);
}

function ownsItsMemory({ buffer, byteLength }: Uint8Array): boolean {
  return buffer instanceof ArrayBuffer && buffer.byteLength === byteLength;
}
