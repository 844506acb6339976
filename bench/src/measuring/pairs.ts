import { collectGarbage } from './memory.js';
import { median } from './statistics.js';

export interface Paired {
  readonly value: number;
  readonly peer: number;
  readonly ratio: number;
}

/** What one turn measured, by name. */
export type Measured<K extends string> = Readonly<Record<K, number>>;

/**
 * Measures two things beside each other: a pair that warms up and is forgotten, then so many pairs, each begun by the other one
 * than the pair before it. What else the machine does falls on both alike.
 */
export async function measurePairs<K extends string>(
  pairs: number,
  ours: () => Promise<Measured<K>>,
  peers: () => Promise<Measured<K>>,
): Promise<Record<K, Paired>> {
  const measured: { ours: Measured<K>; peers: Measured<K> }[] = [];
  for (let pair = 0; pair <= pairs; pair += 1) {
    const found: { ours?: Measured<K>; peers?: Measured<K> } = {};
    const turns = [async () => void (found.ours = await ours()), async () => void (found.peers = await peers())];
    if (pair % 2 === 1) turns.reverse();
    for (const turn of turns) {
      collectGarbage();
      await turn();
    }
    if (pair > 0 && found.ours !== undefined && found.peers !== undefined) {
      measured.push({ ours: found.ours, peers: found.peers });
    }
  }
  const names = Object.keys(measured[0]?.ours ?? {}) as K[];
  const paired = names.map((name) => [name, medianPair(measured.map(({ ours, peers }) => [ours[name], peers[name]]))]);
  return Object.fromEntries(paired) as Record<K, Paired>;
}

/** The medians of pairs of ours and the peer's, and of their ratios. */
export function medianPair(pairs: readonly (readonly [ours: number, peers: number])[]): Paired {
  return {
    value: median(pairs.map(([ours]) => ours)),
    peer: median(pairs.map(([, peers]) => peers)),
    ratio: median(pairs.map(([ours, peers]) => ours / peers)),
  };
}
