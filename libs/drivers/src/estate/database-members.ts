import { type Database, DrError, type Member } from '@novacron/contracts';
import type { ReplicationSource } from '../postgres/conninfo.js';
import { PostgresMember } from '../postgres/postgres-member.js';
import { commandControl, type ProcessControl } from '../postgres/process-control.js';
import { webhookControl } from '../webhook/webhook-control.js';
import { estateCommand, type EstateContext, estatePath } from './estate-context.js';
import { webhookTarget } from './webhook-target.js';

/**
 * Between two steps of an operation, and between two looks of who watches: a new connection costs a server more than most of what it
 * is asked.
 */
const keepMs = 5_000;

/** Every server of a database, by site; a connection that was used is kept for five seconds. */
export async function databaseMembers(
  database: Database,
  context: EstateContext,
): Promise<ReadonlyMap<string, PostgresMember>> {
  const password = await context.secret(database.admin.password);
  return new Map(database.members.map((member) => [member.site, databaseMember(database, member, password, context)]));
}

function databaseMember(database: Database, member: Member, password: string, context: EstateContext): PostgresMember {
  const control = memberControl(member, 'postgres', context);
  return new PostgresMember({
    name: member.site,
    host: member.host,
    port: member.port,
    user: database.admin.user,
    password,
    database: database.database,
    keepMs,
    ...(member.dataDir === undefined ? {} : { dataDir: estatePath(context, member.dataDir) }),
    ...(control === undefined ? {} : { control }),
  });
}

/** How a member's process is started and stopped; undefined when the estate does not say. */
export function memberControl(
  { site, control }: Member,
  component: 'postgres' | 'redis',
  context: EstateContext,
): ProcessControl | undefined {
  if (control === undefined) return undefined;
  const { start, stop, status, webhook } = control;
  if (webhook !== undefined) return webhookControl(webhookTarget(webhook, context), { site, component });
  if (start === undefined || stop === undefined || status === undefined) {
    throw new DrError('INVALID_ESTATE', `the ${component} of ${site} is controlled by neither commands nor a webhook`);
  }
  return commandControl({
    start: estateCommand(context, start),
    stop: estateCommand(context, stop),
    status: estateCommand(context, status),
    cwd: context.folder,
  });
}

/**
 * How the standby of one site receives from the server of another. The slot on the sender and the standby's application name are
 * the standby's site, so that whoever looks at either knows whose it is.
 */
export function replicationSource(
  database: Database,
  from: string,
  standby: string,
  context: EstateContext,
): ReplicationSource {
  const sender = database.members.find((member) => member.site === from);
  if (sender === undefined) throw new DrError('NOT_FOUND', `database ${database.name} has no member on ${from}`);
  const { user, passfile } = database.replication;
  return {
    host: sender.host,
    port: sender.port,
    user,
    applicationName: standby,
    slot: slotName(standby),
    ...(passfile === undefined ? {} : { passfile: estatePath(context, passfile) }),
  };
}

/** A site's name as a replication slot: PostgreSQL allows lower-case letters, digits and underscores. */
export function slotName(site: string): string {
  return site.toLowerCase().replace(/[^a-z0-9_]/gu, '_');
}
