import type { PostgresMember, PostgresStatus } from '@novacron/drivers';
import { chooseSource } from '../domain/choose-source.js';
import { type DatabaseSource, memberOn } from './backup-sources.js';

const call = { timeoutMs: 3_000 };

/** The server that a backup is read from: the active one, or, where policy asks for it, a standby that keeps up with it. */
export async function sourceMember(
  database: DatabaseSource,
  activeSite: string,
  source: 'active' | 'standby',
): Promise<PostgresMember> {
  const active = memberOn(database, activeSite);
  if (source === 'active') return active;
  const others = [...database.members.values()].filter(({ name }) => name !== activeSite);
  const ask = async (member: PostgresMember) => ({
    site: member.name,
    status: await member.status(call).catch((): PostgresStatus | undefined => undefined),
  });
  const [activeStatus, ...standbys] = await Promise.all([active, ...others].map(ask));
  return memberOn(database, chooseSource({ site: activeSite, status: activeStatus?.status }, standbys));
}
