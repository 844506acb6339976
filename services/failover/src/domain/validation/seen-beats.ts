/** The heartbeat row of a database: a count that rises with each beat, whatever the clocks say. */
export interface BeatsSeen {
  /** The last one that was seen on the old primary; absent: none ever was. */
  readonly lastSeen?: number;
  /** What the new primary has. */
  readonly found?: number;
  readonly missing: number;
  readonly problem?: string;
}

/**
 * Whether every beat that was seen is there. Where commits waited for the standby none may be missing; elsewhere those that are
 * missing are part of the loss that was agreed to, and told.
 */
export function seenBeats(lastSeen: number | undefined, found: number | undefined, keepsAll: boolean): BeatsSeen {
  const missing = lastSeen === undefined ? 0 : Math.max(0, lastSeen - (found ?? 0));
  const common = {
    ...(lastSeen === undefined ? {} : { lastSeen }),
    ...(found === undefined ? {} : { found }),
    missing,
  };
  if (missing === 0 || !keepsAll) return common;
  return {
    ...common,
    problem: `lacks ${missing} heartbeats that were seen committed: the last one was ${lastSeen}, it has ${found ?? 'none'}`,
  };
}
