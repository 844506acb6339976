import type { PostgresMember } from '@novacron/drivers';
import type { StandbyView } from '../domain/decide.js';
import type { DatabaseTarget } from './failover-targets.js';

/** Long enough to see WAL move on a primary that lives, short enough not to be felt in a failover. */
const secondLookMs = 150;
const callTimeoutMs = 1_000;

/** What is asked of the databases before a decision: what the standbys receive, and whether the lost primary answers us. */
export interface DatabaseEvidence {
  readonly standbys: readonly StandbyView[];
  readonly primaryAnswers: boolean;
}

/** Looks at one database from here: an eye that is not among the vantages. */
export async function lookAtDatabase(
  { settings, members }: DatabaseTarget,
  lost: string,
  now: Date,
): Promise<DatabaseEvidence> {
  const synchronous = new Set(
    settings.links.filter((link) => link.from === lost && link.mode === 'synchronous').map((link) => link.to),
  );
  const others = [...members.values()].filter((member) => member.name !== lost);
  const [standbys, primaryAnswers] = await Promise.all([
    Promise.all(
      others.map(async (member) => {
        const policy = settings.members.find((item) => item.site === member.name);
        return lookAtStandby(
          member,
          lost,
          policy?.promotable ?? true,
          synchronous.has(member.name),
          settings.members,
          now,
        );
      }),
    ),
    takesWrites(members.get(lost)),
  ]);
  return { standbys, primaryAnswers };
}

async function lookAtStandby(
  member: PostgresMember,
  lost: string,
  promotable: boolean,
  synchronous: boolean,
  places: readonly { readonly site: string; readonly host: string; readonly port: number }[],
  now: Date,
): Promise<StandbyView> {
  const unreachable: StandbyView = {
    site: member.name,
    reachable: false,
    promotable,
    inRecovery: false,
    dataFlowing: false,
    synchronous,
  };
  try {
    const first = await member.status({ timeoutMs: callTimeoutMs });
    const from = places.find(({ host, port }) => first.receivesFrom?.host === host && first.receivesFrom.port === port);
    const receives = first.walReceiverStatus === 'streaming' && from?.site === lost;
    const moved = receives && (await positionMoves(member, first.position));
    const lossMs =
      synchronous || first.lastReplayAt === null
        ? undefined
        : Math.max(0, now.getTime() - Date.parse(first.lastReplayAt));
    return {
      ...unreachable,
      reachable: true,
      inRecovery: first.inRecovery,
      dataFlowing: moved,
      ...(lossMs === undefined ? {} : { lossMs }),
    };
  } catch {
    return unreachable;
  }
}

async function positionMoves(member: PostgresMember, before: string | null): Promise<boolean> {
  await new Promise((resolve) => setTimeout(resolve, secondLookMs));
  const after = await member.status({ timeoutMs: callTimeoutMs });
  return after.walReceiverStatus === 'streaming' && after.position !== before;
}

async function takesWrites(member: PostgresMember | undefined): Promise<boolean> {
  if (member === undefined) return false;
  try {
    return !(await member.status({ timeoutMs: callTimeoutMs })).inRecovery;
  } catch {
    return false;
  }
}
