import { type Generation, generationText, parseGeneration } from './generation.js';
import type { Release } from './place.js';

/** What a place says of itself: which release it has, and each file's hash. */
export interface Manifest {
  readonly generation: Generation;
  readonly generatedAt: string;
  readonly hashes: ReadonlyMap<string, string>;
  /** The store's own mark of each file, where it has one. */
  readonly marks: ReadonlyMap<string, string>;
}

export function manifestText(release: Release, marks: ReadonlyMap<string, string> = new Map()): string {
  const files = [...release.site.values()].map(({ path, hash }) => [
    path,
    marks.has(path) ? [hash, marks.get(path)] : [hash],
  ]);
  const { generation, generatedAt } = release;
  return `${JSON.stringify({ generation: generationText(generation), generatedAt, files: Object.fromEntries(files) as unknown })}\n`;
}

/** Undefined for what is no manifest: the place is then written whole. */
export function readManifest(text: string): Manifest | undefined {
  let plain: unknown;
  try {
    plain = JSON.parse(text);
  } catch {
    return undefined;
  }
  const {
    generation: told,
    generatedAt,
    files,
  } = (plain ?? {}) as Partial<Record<'generation' | 'generatedAt' | 'files', unknown>>;
  const generation = parseGeneration(told);
  if (generation === undefined || typeof files !== 'object' || files === null) return undefined;
  const entries = Object.entries(files as Record<string, readonly string[]>);
  return {
    generation,
    generatedAt: String(generatedAt),
    hashes: new Map(entries.map(([path, [hash = '']]) => [path, hash])),
    marks: new Map(entries.flatMap(([path, [, mark]]) => (mark === undefined ? [] : [[path, mark]]))),
  };
}
