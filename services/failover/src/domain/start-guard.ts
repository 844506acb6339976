/** What a server's start is judged by. */
export interface StartFacts {
  readonly site: string;
  /** The site that may be writable, by the epoch record; `unreachable` when the bus does not answer, `none` where it has no record. */
  readonly epochSite: string | 'unreachable' | 'none';
  /** The data directory is marked to start as a standby. */
  readonly standby: boolean;
  /** The epoch that the data directory itself remembers; `unknown` where it cannot be read. */
  readonly heldEpoch?: number | 'unknown';
  /** The failover that has revoked the site's right to take writes in the present epoch, and may rest on that. */
  readonly revokedBy?: string;
}

export interface StartVerdict {
  readonly allowed: boolean;
  readonly reason: string;
}

/**
 * Whether a database may start on a site. The dangerous moment is the return of an old primary: it may start only as a
 * standby, or when the estate's epoch names its own site. Not knowing is not a yes; neither is a bus that has lost its record.
 */
export function judgeStart({ site, epochSite, standby, heldEpoch, revokedBy }: StartFacts): StartVerdict {
  if (standby) return { allowed: true, reason: 'starts as a standby: it takes no writes' };
  if (epochSite === site && revokedBy !== undefined) {
    return {
      allowed: false,
      reason: `${revokedBy} has revoked its write lease and may be about to promote another: see it through, or abort it, which gives the lease back`,
    };
  }
  if (epochSite === site) return { allowed: true, reason: `the epoch names ${site}` };
  if (epochSite === 'none') return withoutRecord(site, heldEpoch);
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

function withoutRecord(site: string, heldEpoch: StartFacts['heldEpoch']): StartVerdict {
  if (heldEpoch === undefined) return { allowed: true, reason: 'no epoch is recorded yet' };
  const known = heldEpoch === 'unknown' ? 'its own mark cannot be read' : `${site} has had epoch ${heldEpoch}`;
  return {
    allowed: false,
    reason: `the bus has lost the record of the epoch: it has none, and ${known}. Bring the record back, or find out which site has the newest data and start that one alone without the guard`,
  };
}
