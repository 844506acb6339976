import { createWriteStream } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { requireProgram } from '../command/programs.js';
import { freePort, temporaryFolder } from '../testing/places.js';
import { type RedisServer, startRedis } from '../testing/start-redis.js';
import { withRedis } from './connection.js';
import { RedisMember } from './redis-member.js';
import { startScratchRedis } from './scratch.js';

const program = (): string => requireProgram('redisServer');
const load = async (dataDir: string, dumpFile: string) =>
  startScratchRedis({ dataDir, dumpFile, port: await freePort(), program: program(), timeoutMs: 10_000 });

describe('RedisMember', () => {
  let master: RedisServer;
  let replica: RedisServer;

  beforeAll(async () => {
    [master, replica] = await Promise.all([startRedis(program()), startRedis(program())]);
    await withRedis(master.member.options, {}, async (client) => {
      const pipe = client.pipeline();
      for (let i = 0; i < 5_000; i += 1) pipe.set(`key-${i}`, `value-${i}`.repeat(10));
      await pipe.exec();
    });
  });
  afterAll(() => Promise.all([master.stop(), replica.stop()]));

  it('follows, and is promoted with everything it had', async () => {
    await replica.member.follow('127.0.0.1', master.port);
    expect(await replica.member.status()).toMatchObject({
      role: 'replica',
      linkUp: true,
      keys: 5_000,
      follows: { port: master.port },
    });

    await replica.member.promote();
    await replica.member.promote();
    expect(await replica.member.status()).toMatchObject({ role: 'master', keys: 5_000 });
  });

  it('gets back the role it had, also under a master that is gone', async () => {
    const gone = { role: 'replica', follows: { host: '127.0.0.1', port: 1 } } as const;
    await replica.member.restoreRole(gone);
    expect(await replica.member.status()).toMatchObject({ role: 'replica', linkUp: false, follows: gone.follows });
    await replica.member.restoreRole({ role: 'master' });
    expect(await replica.member.status()).toMatchObject({ role: 'master', keys: 5_000 });
  });

  it.each(['yes', 'no'])('dumps a file that a new server loads whole (diskless: %s)', async (diskless) => {
    await withRedis(master.member.options, {}, (client) => client.config('SET', 'repl-diskless-sync', diskless));
    const folder = temporaryFolder('redis-scratch');
    const dataDir = folder.path;
    await pipeline(master.member.dump(), createWriteStream(join(dataDir, 'whole.rdb')));
    const scratch = await load(dataDir, 'whole.rdb');
    expect(scratch.keys).toBe(5_000);
    const value = await withRedis(scratch.member.options, {}, (client) => client.get('key-4999'));
    expect(value).toBe('value-4999'.repeat(10));
    await scratch.stop();
    await expect(scratch.member.status()).rejects.toMatchObject({ code: 'UNREACHABLE' });

    const damaged = await readFile(join(dataDir, 'whole.rdb'));
    damaged[damaged.length >> 1] = (damaged[damaged.length >> 1] ?? 0) ^ 1;
    await writeFile(join(dataDir, 'damaged.rdb'), damaged);
    await expect(load(dataDir, 'damaged.rdb')).rejects.toMatchObject({ code: 'CORRUPT_OBJECT' });
    folder.remove();
  });

  it('refuses a dump without a checksum', async () => {
    const plain = await startRedis(program(), { rdbchecksum: 'no' });
    await expect(pipeline(plain.member.dump(), createWriteStream(join(plain.dir, 'x')))).rejects.toMatchObject({
      code: 'CORRUPT_OBJECT',
      message: expect.stringContaining('no checksum') as string,
    });
    await plain.stop();
  });

  it('breaks off when the server dies in the middle', async () => {
    const dying = await startRedis(program(), { 'repl-diskless-sync-delay': '1' });
    const dump = dying.member.dump();
    setTimeout(() => dying.kill(), 200);
    await expect(pipeline(dump, createWriteStream(join(replica.dir, 'x')))).rejects.toMatchObject({
      code: 'UNREACHABLE',
    });
    await dying.stop();
  });

  it('says what is wrong: nobody there, or a wrong password', async () => {
    await expect(new RedisMember({ name: 'x', host: '127.0.0.1', port: 1 }).status()).rejects.toMatchObject({
      code: 'UNREACHABLE',
    });
    const wrong = new RedisMember({ ...master.member.options, password: 'wrong' });
    await expect(wrong.status()).rejects.toMatchObject({
      code: expect.stringMatching(/COMMAND_FAILED|UNREACHABLE/u) as string,
    });
    await expect(pipeline(wrong.dump(), createWriteStream(join(replica.dir, 'x')))).rejects.toMatchObject({
      code: 'COMMAND_FAILED',
    });
  });
});
