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

/** Two or three are in memory at a time; the server's own time for each matters little from here on. */
const smallestPart = 16 * 1024 * 1024;
/** For a body of which nobody can say how long it will be: for half a terabyte. */
const partOfUnknown = 64 * 1024 * 1024;
/** S3 takes 10,000 parts; below that there is room for a body that turns out longer than announced. */
const plannedParts = 9_000;

/** The size of all parts but the last, for a body of so many bytes or fewer; some servers want them all alike. */
export function partBytesFor(sizeBytes: number | undefined, smallest?: number): number {
  if (sizeBytes === undefined) return smallest ?? partOfUnknown;
  return Math.max(smallest ?? smallestPart, Math.ceil(sizeBytes / plannedParts));
}
