import { Readable, type Transform } from 'node:stream';

export interface Throughput {
  readonly mebibytesPerSecond: number;
  /** What came out. */
  readonly chunks: readonly Buffer[];
}

/** Sends the chunks through a stream, as an upload or a download does. */
export async function throughput(chunks: readonly Buffer[], stream: Transform): Promise<Throughput> {
  const sizeBytes = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  const out: Buffer[] = [];
  const begun = performance.now();
  for await (const chunk of Readable.from(chunks, { objectMode: true }).compose(stream)) out.push(chunk as Buffer);
  const seconds = (performance.now() - begun) / 1_000;
  return { mebibytesPerSecond: sizeBytes / 2 ** 20 / seconds, chunks: out };
}
