import 'reflect-metadata';
import { once } from 'node:events';
import http, { type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CreateBucketCommand, ListMultipartUploadsCommand, S3Client } from '@aws-sdk/client-s3';
import { eventually } from '@novacron/bus/testing';
import { S3Store } from '@novacron/drivers';
import { startSwift, type SwiftServer } from '@novacron/drivers/testing';
import { openRepository, parseKeyring } from '@novacron/repository';
import { BackupWorld } from '../testing/backup-world.js';
import { wholeRun } from '../testing/killed-at-steps.js';
import { passOn } from '../testing/pass-on.js';

const bucket = 'backups';

const inLongForm = wholeRun ? describe : describe.skip;

inLongForm('a service that is killed in the middle of an upload in parts (npm run chaos)', () => {
  let swift: SwiftServer;
  let server: Server;
  let client: S3Client;
  let world: BackupWorld;
  /** Parts of the database's copy as they were sent. */
  const parts: string[] = [];
  let onPart: (number: number) => void = () => undefined;

  beforeAll(async () => {
    swift = await startSwift();
    server = http.createServer((request, response) => {
      const [, key, number] = /^\/backups\/(.*\/base\.tar\.zst)\?.*partNumber=(\d+)/u.exec(request.url ?? '') ?? [];
      if (request.method === 'PUT' && key !== undefined) {
        parts.push(`${key} ${number}`);
        onPart(Number(number));
      }
      passOn(request, response, swift.port);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { region, accessKeyId, secretAccessKey, endpoint } = swift;
    const credentials = { accessKeyId, secretAccessKey };
    client = new S3Client({ region, endpoint, forcePathStyle: true, credentials });
    await client.send(new CreateBucketCommand({ Bucket: bucket }));
    const watched = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const login = 'accessKeyId: { env: TEST_S3_ID }, secretAccessKey: { env: TEST_S3_SECRET }';
    world = await BackupWorld.start({
      ...{ as: 'process', environment: { TEST_S3_ID: accessKeyId, TEST_S3_SECRET: secretAccessKey } },
      // No other store that could stand in for it where the machine is slow.
      stores: `    - { name: primary, role: primary, kind: s3, endpoint: "${watched}", region: ${region}, bucket: ${bucket}, ${login} }\n`,
    });
    // What no compression makes smaller: three parts.
    const columns = Array.from({ length: 8 }, (_, column) => `gen_random_uuid() as u${column}`);
    const sql = `create table incompressible as select ${columns.join(', ')} from generate_series(1, 320000)`;
    await world.postgres.member.query(sql, [], { timeoutMs: 100_000 });
  }, 200_000);
  afterAll(async () => {
    await world?.stop();
    client?.destroy();
    server?.closeAllConnections();
    server?.close();
    await swift?.stop();
  });

  it('goes on with it: the object is whole, and no part of it is left behind', async () => {
    let deaths = 0;
    onPart = (number) => {
      if (number !== 2 || deaths === 2) return;
      deaths += 1;
      world.process.kill();
    };
    const backupId = await eventually(() => world.run({}), { what: 'the service', timeoutMs: 60_000 });
    await world.events.ofBackup('backup-verified', backupId, 240_000);
    expect(deaths).toBe(2);
    expect(parts.length).toBeGreaterThan(4);

    const { region, accessKeyId, secretAccessKey, endpoint } = swift;
    const store = new S3Store({ name: 'primary', bucket, region, endpoint, accessKeyId, secretAccessKey });
    try {
      const keyring = parseKeyring('lab-1', { 'lab-1': 'ab'.repeat(32) });
      const repository = openRepository({ stores: new Map([['primary', store]]), keyring });
      expect(await repository.verify('primary', backupId)).toMatchObject({ good: true });
      expect((await repository.catalog('primary').list()).uncommitted).toEqual([]);
    } finally {
      store.close();
    }
    const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket: bucket }));
    expect(Uploads.map(({ Key }) => Key)).toEqual([]);
    for (const name of ['backup-started', 'backup-completed', 'backup-verified'])
      expect(world.events.named(name)).toHaveLength(1);
  }, 300_000);
});
