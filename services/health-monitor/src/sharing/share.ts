/** What a process of a vantage says of itself, and when that was heard, in monotonic milliseconds. */
export interface HeardReplica {
  readonly state: 'joining' | 'looking' | 'blind' | 'leaving';
  readonly heardMs: number;
}

/**
 * Who shares the checks of a vantage: those that look and were heard lately. Blind ones take part only when nobody sees: then
 * somebody must go on to say `unknown`.
 */
export function sharers(
  replicas: ReadonlyMap<string, HeardReplica>,
  nowMs: number,
  silentAfterMs: number,
): readonly string[] {
  const alive = [...replicas].filter(([, { heardMs }]) => nowMs - heardMs <= silentAfterMs);
  const named = (state: HeardReplica['state']): string[] =>
    alive.filter(([, replica]) => replica.state === state).map(([name]) => name);
  const seeing = named('looking');
  return (seeing.length > 0 ? seeing : named('blind')).toSorted();
}

/**
 * Whose a check is: the same answer in every process that sees the same sharers, without a word between them. The highest of
 * the hashes wins (rendezvous hashing), so that when one leaves only its own checks move, and they move to all the others.
 */
export function ownerOf(place: string, among: readonly string[]): string | undefined {
  let owner: string | undefined;
  let highest = -1;
  for (const name of among) {
    const score = hash(`${name}|${place}`);
    if (score > highest) [owner, highest] = [name, score];
  }
  return owner;
}

/** FNV-1a of 32 bits, stirred (its last letters alone would decide too little). */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35);
  return (value ^ (value >>> 16)) >>> 0;
}
