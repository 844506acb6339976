import { defaultSegmentSizeBytes, parseLsn } from '@novacron/repository';

/** Bytes that files take in one place. */
export interface RoomNeeded {
  readonly path: string;
  readonly bytes: number;
}

const blockBytes = 4_096;
/** The oid of a file that lies in a tablespace, as the server's manifest names it. */
const inTablespace = /"Path":\s*"pg_tblspc\/(\d+)\//u;
const ofSize = /"Size":\s*(\d+)/u;

/**
 * What the files of a server's copy take once they are laid out: those of each tablespace by its oid, all others under the empty name.
 * From the server's manifest, which has a line for each file.
 */
export async function laidOutBytes(manifestLines: AsyncIterable<string>): Promise<Map<string, number>> {
  const bytes = new Map<string, number>();
  for await (const line of manifestLines) {
    const size = ofSize.exec(line)?.[1];
    if (size === undefined) continue;
    const oid = inTablespace.exec(line)?.[1] ?? '';
    bytes.set(oid, (bytes.get(oid) ?? 0) + Math.ceil(Number(size) / blockBytes) * blockBytes);
  }
  return bytes;
}

/** The segments of WAL from one position to another, whole. */
export function walBytes(from: string | undefined, until: string | undefined): number {
  if (from === undefined || until === undefined) return 0;
  const size = BigInt(defaultSegmentSizeBytes);
  const segments = (parseLsn(until) + size - 1n) / size - parseLsn(from) / size;
  return segments > 0n ? Number(segments * size) : 0;
}

/**
 * What is unpacked, by tablespace: one copy alone, or each part of a chain and beside them what they make together, every block of which is
 * in one of the parts; the parts lie in the scratch folder whole.
 */
export function unpackedBytes(parts: readonly ReadonlyMap<string, number>[]): Map<string, number> {
  const together = new Map<string, number>();
  for (const part of parts) for (const [oid, bytes] of part) together.set(oid, (together.get(oid) ?? 0) + bytes);
  if (parts.length < 2) return together;
  const all = [...together.values()].reduce((sum, bytes) => sum + bytes, 0);
  return together.set('', (together.get('') ?? 0) + all);
}
