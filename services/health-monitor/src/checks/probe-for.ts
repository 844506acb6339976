import { type Check, DrError, type Estate, type Member, type SecretRef } from '@novacron/contracts';
import { objectStores, PostgresMember, RedisMember } from '@novacron/drivers';
import { CommandProbe } from './command.js';
import { HttpProbe } from './http.js';
import { PostgresProbe } from './postgres.js';
import type { Probe } from './probe.js';
import { RedisProbe } from './redis.js';
import { S3Probe } from './s3.js';
import { TcpProbe } from './tcp.js';

/** What checks are made from. */
export interface CheckContext {
  readonly estate: Estate;
  /** Where the estate's commands run. */
  readonly folder: string;
  /** Read at each look, so that a rotated secret is taken at once. */
  readonly secret: (reference: SecretRef) => Promise<string>;
}

/** The look that a check of the estate stands for. @throws DrError INVALID_ESTATE for one that names what is not there. */
export function probeFor(check: Check, timeoutMs: number, context: CheckContext): Probe {
  const { estate, folder, secret } = context;
  switch (check.kind) {
    case 'postgres': {
      const database = estate.databases.find((candidate) => candidate.name === check.of);
      const { host, port } = memberOf(check, database?.members);
      if (database === undefined) throw missing(check, 'a database');
      const { user, password } = database.admin;
      const member = async (): Promise<PostgresMember> =>
        new PostgresMember({
          name: check.site,
          host,
          port,
          user,
          password: await secret(password),
          database: database.database,
          applicationName: 'dr-health-monitor',
        });
      return new PostgresProbe(member, timeoutMs);
    }
    case 'redis': {
      const cache = estate.caches?.find((candidate) => candidate.name === check.of);
      const { host, port } = memberOf(check, cache?.members);
      const password = cache?.password;
      const member = async (): Promise<RedisMember> =>
        new RedisMember({
          name: check.site,
          host,
          port,
          ...(password === undefined ? {} : { password: await secret(password) }),
        });
      return new RedisProbe(member, timeoutMs);
    }
    case 'http':
      return new HttpProbe(check.url ?? throwMissing(check, 'a url'), timeoutMs);
    case 'tcp':
      return new TcpProbe(check.host ?? throwMissing(check, 'a host'), check.port ?? throwMissing(check, 'a port'));
    case 's3': {
      // Either a store of the repository, asked with its own credentials, or the health page of a server.
      if (check.url !== undefined) return new HttpProbe(check.url, timeoutMs);
      const store = estate.repository.stores.find((candidate) => candidate.name === check.of);
      if (store === undefined) throw missing(check, 'a store of the repository');
      return new S3Probe(async () => {
        const stores = await objectStores([store], { folder, secret });
        return stores.get(store.name) ?? throwMissing(check, 'a store of the repository');
      });
    }
    case 'command':
      return new CommandProbe(check.command ?? throwMissing(check, 'a command'), folder, timeoutMs);
  }
}

function memberOf(check: Check, members: readonly Member[] | undefined): Member {
  return members?.find((member) => member.site === check.site) ?? throwMissing(check, `a server of ${check.of}`);
}

function throwMissing(check: Check, what: string): never {
  throw missing(check, what);
}

function missing(check: Check, what: string): DrError {
  return new DrError(
    'INVALID_ESTATE',
    `check ${check.name} of ${check.site} needs ${what}, which the estate does not have`,
  );
}
