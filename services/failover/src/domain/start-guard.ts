/** What a server's start is judged by. */
export interface StartFacts {
  readonly site: string;
  /** The site that may be writable, by the epoch record; `unreachable` when the bus does not answer, `none` before the first epoch. */
  readonly epochSite: string | 'unreachable' | 'none';
  /** The data directory is marked to start as a standby. */
  readonly standby: boolean;
}

export interface StartVerdict {
  readonly allowed: boolean;
  readonly reason: string;
}

/**
 * Whether a database may start on a site. The dangerous moment is the return of an old primary: it may start only as a
 * standby, or when the estate's epoch names its own site. Not knowing is not a yes.
 */
export function judgeStart({ site, epochSite, standby }: StartFacts): StartVerdict {
  if (standby) return { allowed: true, reason: 'starts as a standby: it takes no writes' };
  if (epochSite === site) return { allowed: true, reason: `the epoch names ${site}` };
  if (epochSite === 'none') return { allowed: true, reason: 'no epoch is recorded yet' };
  if (epochSite === 'unreachable') {
    return {
      allowed: false,
      reason: 'the epoch cannot be read and this would start as a primary: bring the bus back, or make it a standby',
    };
  }
  return {
    allowed: false,
    reason: `the epoch names ${epochSite}: rejoin ${site} as a standby with command.restoration.start`,
  };
}
