/**
 * Orders what is published, whatever any clock says: the term is the fencing token of the publisher's lease, so a later publisher's
 * is greater; the number counts its releases.
 */
export interface Generation {
  readonly term: number;
  readonly number: number;
}

/** Negative when `a` is older. */
export function compareGenerations(a: Generation, b: Generation): number {
  return a.term - b.term || a.number - b.number;
}

/** `7.12` */
export function generationText({ term, number }: Generation): string {
  return `${term}.${number}`;
}

export function parseGeneration(text: unknown): Generation | undefined {
  const match = typeof text === 'string' ? /^(?<term>\d{1,15})\.(?<number>\d{1,15})$/u.exec(text) : null;
  return match === null ? undefined : { term: Number(match[1]), number: Number(match[2]) };
}
