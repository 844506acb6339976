import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { type Database, DrError, type SecretRef } from '@novacron/contracts';
import { databaseMembers, type EstateContext, type PostgresMember } from '@novacron/drivers';
import type { Lab } from '../lab.js';

/** A running lab's database as drivers that can act on it, the way the services see it. */
export interface EstateMembers {
  readonly database: Database;
  readonly context: EstateContext;
  readonly members: ReadonlyMap<string, PostgresMember>;
  readonly on: (site: string) => PostgresMember;
}

export async function estateMembers(lab: Lab): Promise<EstateMembers> {
  const [database] = lab.estate.databases;
  if (database === undefined) throw new DrError('INVALID_ESTATE', 'the lab’s estate has no database');
  const folder = lab.folders.root;
  const context = { folder, secret: (reference: SecretRef) => secretText(folder, reference) };
  const members = await databaseMembers(database, context);
  const on = (site: string): PostgresMember => {
    const member = members.get(site);
    if (member === undefined) throw new DrError('NOT_FOUND', `the lab has no database on ${site}`);
    return member;
  };
  return { database, context, members, on };
}

async function secretText(folder: string, reference: SecretRef): Promise<string> {
  if ('env' in reference) throw new DrError('INVALID_CONFIG', 'the lab keeps its secrets in files');
  return (await readFile(resolve(folder, reference.file), 'utf8')).trimEnd();
}
