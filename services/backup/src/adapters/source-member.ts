import type { PostgresMember, PostgresStatus } from '@novacron/drivers';
import { chooseSource } from '../domain/choose-source.js';
import { type DatabaseSource, memberOn } from './backup-sources.js';

const call = { timeoutMs: 3_000 };

export interface Source {
  readonly member: PostgresMember;
  /** What is to be known of it: that it is not the standby that policy asks for, and why. */
  readonly sourceNote?: string;
}

/** The server that a backup is read from: the active one, or, where policy asks for it, a standby that keeps up with it. */
export async function sourceMember(
  database: DatabaseSource,
  activeSite: string,
  source: 'active' | 'standby',
): Promise<Source> {
  const active = memberOn(database, activeSite);
  if (source === 'active') return { member: active };
  const others = [...database.members.values()].filter(({ name }) => name !== activeSite);
  const ask = async (member: PostgresMember) => ({
    site: member.name,
    status: await member.status(call).catch((): PostgresStatus | undefined => undefined),
  });
  const [activeStatus, ...standbys] = await Promise.all([active, ...others].map(ask));
  const chosen = chooseSource({ site: activeSite, status: activeStatus?.status }, standbys);
  const member = memberOn(database, chosen.site);
  if (chosen.because === undefined) return { member };
  return { member, sourceNote: `${database.settings.name} was read from the active site: ${chosen.because}` };
}
