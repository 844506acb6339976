import type { Readable } from 'node:stream';

/**
 * Cuts a body into parts of exactly `partBytes`, the last one shorter; each is complete in memory, so that it can be sent
 * again. An empty body is one empty part.
 */
export async function* partsOf(body: Readable | Uint8Array, partBytes: number): AsyncGenerator<Buffer> {
  let held: Buffer[] = [];
  let size = 0;
  let given = false;
  const take = () => {
    const part = held.length === 1 && held[0] ? held[0] : Buffer.concat(held);
    held = [];
    size = 0;
    given = true;
    return part;
  };
  for await (const chunk of body instanceof Uint8Array ? [body] : (body as AsyncIterable<Uint8Array | string>)) {
    let rest =
      typeof chunk === 'string' ? Buffer.from(chunk) : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    while (size + rest.length >= partBytes) {
      const room = partBytes - size;
      held.push(rest.subarray(0, room));
      rest = rest.subarray(room);
      yield take();
    }
    if (rest.length > 0) {
      held.push(rest);
      size += rest.length;
    }
  }
  if (size > 0 || !given) yield take();
}

const smallestPart = 64 * 1024 * 1024;
/** S3 takes 10,000 parts; below that there is room for a body that turns out longer than announced. */
const plannedParts = 9_000;

export function partBytesFor(sizeBytes: number | undefined, smallest: number = smallestPart): number {
  return sizeBytes === undefined ? smallest : Math.max(smallest, Math.ceil(sizeBytes / plannedParts));
}
