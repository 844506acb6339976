import { type Lsn, lsnDiffBytes } from '@novacron/drivers';

/** Where a standby stood when it was chosen. */
export interface ChosenAt {
  /** The later of received and replayed. */
  readonly position: Lsn;
  readonly replayed?: Lsn;
}

/**
 * WAL is sent by the page: of the last record only a part may have come, which a promotion gives up. Nobody was told that it is
 * committed. So much may be missing of what was received, bytes.
 */
const unfinishedAtMost = 1_048_576;

export interface Reached {
  readonly switchLsn: Lsn;
  readonly chosenAt: ChosenAt;
  /** Received, and given up as part of a record that never came whole. */
  readonly unfinishedBytes: number;
  readonly problem?: string;
}

/** Whether the new timeline begins at or after everything that was read when the standby was chosen. */
export function reachedPosition(switchLsn: Lsn, chosenAt: ChosenAt): Reached {
  const { position, replayed } = chosenAt;
  const unfinishedBytes = Math.max(0, Number(lsnDiffBytes(position, switchLsn)));
  const common = { switchLsn, chosenAt, unfinishedBytes };
  if (replayed !== undefined && lsnDiffBytes(replayed, switchLsn) > 0n)
    return { ...common, problem: `begins its timeline at ${switchLsn}, before ${replayed}, which it had replayed` };
  if (unfinishedBytes > unfinishedAtMost)
    return {
      ...common,
      problem: `begins its timeline at ${switchLsn}, ${unfinishedBytes} bytes before ${position}, which it had received`,
    };
  return common;
}
