import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pollUntil } from '../command/poll.js';
import { DnsZone, type DnsZoneOptions } from '../dns/dns-zone.js';
import { freePort, temporaryFolder } from './places.js';
import { type ServerProcess, serverProcess } from './server-process.js';

export interface KnotServer extends ServerProcess {
  readonly options: DnsZoneOptions;
}

/** Knot DNS with a zone that a TSIG key may change; `records` are lines of a zone file. */
export async function startKnot(program: string, zone: string, records: readonly string[]): Promise<KnotServer> {
  const dir = temporaryFolder('knot').path;
  const port = await freePort();
  const key = {
    name: 'test-key',
    algorithm: 'hmac-sha256',
    secretBase64: Buffer.alloc(32, 7).toString('base64'),
  } as const;
  await writeFile(
    join(dir, `${zone}.zone`),
    [
      `$ORIGIN ${zone}.`,
      '$TTL 5',
      `@ SOA ns.${zone}. admin.${zone}. 1 60 60 60 5`,
      '@ NS ns',
      'ns A 127.0.0.1',
      ...records,
      '',
    ].join('\n'),
  );
  const config = [
    'server:',
    `  listen: 127.0.0.1@${port}`,
    `  rundir: ${dir}`,
    'database:',
    `  storage: ${dir}`,
    'key:',
    `  - id: ${key.name}`,
    `    algorithm: ${key.algorithm}`,
    `    secret: ${key.secretBase64}`,
    'acl:',
    '  - id: control',
    `    key: ${key.name}`,
    '    action: update',
    'zone:',
    `  - domain: ${zone}`,
    `    storage: ${dir}`,
    `    file: ${zone}.zone`,
    '    acl: control',
    '',
  ].join('\n');
  await writeFile(join(dir, 'knot.conf'), config);
  const server = await serverProcess(program, ['-c', join(dir, 'knot.conf')], dir);
  const options: DnsZoneOptions = { host: '127.0.0.1', port, zone, key };
  const reader = new DnsZone({ ...options, timeoutMs: 300 });
  const answered = async (): Promise<true | undefined> =>
    (await reader.read(`ns.${zone}`, 'A').catch(() => [])).length > 0 ? true : undefined;
  await pollUntil('the zone', answered, { timeoutMs: 10_000 });
  return { ...server, options };
}
