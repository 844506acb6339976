/** What one database server says of itself, or that it does not answer. */
export interface EpochMemory {
  readonly database: string;
  readonly site: string;
  readonly answers: boolean;
  readonly takesWrites?: boolean;
  /** The newest epoch it has heard of; 0 for none. */
  readonly epoch?: number;
}

export type FirstEpochVerdict = { readonly site: string; readonly above: number } | { readonly because: string };

/**
 * Whose the first epoch is. An estate that never had one belongs to the only site whose databases all take writes. Where any server
 * remembers an epoch the record was lost, and silence is no yes: all must answer, and the one that takes writes must have the newest.
 */
export function firstEpoch(memories: readonly EpochMemory[]): FirstEpochVerdict {
  const databases = new Set(memories.map(({ database }) => database));
  const writers = memories.filter(({ takesWrites }) => takesWrites === true);
  const sites = [...new Set(writers.map(({ site }) => site))];
  const [site] = sites;
  const above = Math.max(0, ...memories.map(({ epoch = 0 }) => epoch));
  if (site === undefined || sites.length !== 1 || writers.length !== databases.size)
    return { because: `not exactly one site takes writes with all its databases: ${sites.join(', ') || 'none'}` };
  if (above === 0) return { site, above };
  const silent = memories.find(({ answers }) => !answers);
  if (silent !== undefined)
    return { because: `the bus has lost the record of epoch ${above}, and ${silent.site} does not answer` };
  const older = writers.find(({ epoch = 0 }) => epoch < above);
  if (older !== undefined)
    return {
      because: `the bus has lost the record of epoch ${above}, and ${older.site}, which takes writes, has only had ${older.epoch ?? 0}`,
    };
  return { site, above };
}
