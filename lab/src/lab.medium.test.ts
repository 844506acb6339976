import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import pg from 'pg';
import { isAlive } from './testing/alive.js';
import { eventually, labFolder, LabProcess, processesOf, randomPortBase } from './testing/lab-process.js';

const startArguments = ['--no-services'];

async function query<T extends object>(url: string, sql: string): Promise<T[]> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000, query_timeout: 2_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return (await client.query<T>(sql)).rows;
  } finally {
    await client.end().catch(() => undefined);
  }
}

describe('a running lab', () => {
  let lab: LabProcess;

  beforeAll(async () => {
    lab = LabProcess.run('start', startArguments, await labFolder(), randomPortBase());
    await lab.ready();
  });

  afterAll(() => lab.end());

  const acknowledged = async (): Promise<number> =>
    (await readFile(join(lab.folder, 'acknowledged.log'), 'utf8')).trimEnd().split('\n').length;

  it('replicates primary → secondary synchronously, secondary → dr asynchronously', async () => {
    const { sites } = await lab.file();
    const links = (name: string): Promise<object[]> =>
      query(
        sites[name]?.postgres?.url ?? '',
        'select application_name as to, state, sync_state as mode from pg_stat_replication',
      );
    expect(await links('primary')).toEqual([{ to: 'secondary', state: 'streaming', mode: 'sync' }]);
    expect(await links('secondary')).toEqual([{ to: 'dr', state: 'streaming', mode: 'async' }]);
  });

  it('does everything on disk', async () => {
    const { sites } = await lab.file();
    for (const setting of ['fsync', 'data_checksums', 'synchronous_commit']) {
      expect(await query(sites['primary']?.postgres?.url ?? '', `show ${setting}`)).toEqual([{ [setting]: 'on' }]);
    }
  });

  it('refuses a second start, naming the first', async () => {
    const { code, output } = await lab.command('start', ...startArguments);
    expect(code).toBe(1);
    expect(output).toContain(`(pid ${lab.pid})`);
  });

  it('holds commits while the synchronous standby is cut off, and takes them up again', async () => {
    expect(await lab.command('lab', 'partition', 'secondary')).toMatchObject({ code: 0 });
    const cut = await eventually(async () => {
      const before = await acknowledged();
      await new Promise((resolve) => setTimeout(resolve, 1_500));
      expect(await acknowledged()).toBe(before);
      return before;
    }, 10_000);
    await lab.command('lab', 'heal', 'secondary');
    await eventually(async () => expect(await acknowledged()).toBeGreaterThan(cut + 10), 15_000);
  });

  it('damages a stored object behind the back of the store, which notices', async () => {
    const s3 = (await lab.file()).sites['archive']?.s3;
    if (s3 === undefined) throw new Error('the archive has no store');
    const { endpoint, bucket, accessKeyId, secretAccessKey } = s3;
    const credentials = { accessKeyId, secretAccessKey };
    const client = new S3Client({ endpoint, region: 'us-east-1', forcePathStyle: true, credentials });
    const Body = Buffer.alloc(100_000, 7);
    await client.send(new PutObjectCommand({ Bucket: bucket, Key: 'backups/one/part', Body }));
    const { code, output } = await lab.command('lab', 'corrupt', 'archive');
    expect(code).toBe(0);
    expect(output).toContain('backups/one/part, bit 0 of byte 50000');
    const read = async (): Promise<Buffer> => {
      const { Body: body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: 'backups/one/part' }));
      return Buffer.from((await body?.transformToByteArray()) ?? []);
    };
    const seen = await read().catch(() => undefined);
    expect(seen?.equals(Body)).not.toBe(true);
    client.destroy();
  });

  it('starts a dead router again with the sites that were active, not those of its configuration', async () => {
    const runtime = async (command: string): Promise<string> => {
      const socket = connect(lab.portBase + 12, '127.0.0.1').setEncoding('utf8');
      socket.end(`${command}\n`);
      let text = '';
      for await (const piece of socket) text += String(piece);
      return text;
    };
    const states = async (): Promise<Record<string, string>> => {
      const rows = (await runtime('show servers state postgres')).split('\n').map((line) => line.split(' '));
      return Object.fromEntries(rows.filter((row) => row[1] === 'postgres').map((row) => [row[3], row[5]]));
    };
    await runtime('set server postgres/primary state maint');
    await runtime('set server postgres/secondary state ready');
    const pid = Number(/Pid: (\d+)/u.exec(await runtime('show info'))?.[1]);
    await eventually(
      async () =>
        expect(await readFile(join(lab.folder, 'router/servers.state'), 'utf8')).toMatch(
          /postgres \d secondary \S+ 2 4 /u,
        ),
      5_000,
    );
    process.kill(pid, 'SIGKILL');
    await eventually(async () => {
      expect(Number(/Pid: (\d+)/u.exec(await runtime('show info'))?.[1])).not.toBe(pid);
      expect(await states()).toEqual({ primary: '0', secondary: '2', dr: '0' });
    }, 5_000);
    await runtime('set server postgres/secondary state maint');
    await runtime('set server postgres/primary state ready');
  });

  it('kills every process of a site, says so in lab.json, and leaves it dead', async () => {
    const before = (await lab.file()).sites['primary'];
    const pids = [before?.postgres?.pid, before?.redis?.pid, ...(before?.app?.pids ?? [])].map(Number);
    expect(pids.filter(isAlive)).toHaveLength(5);

    expect(await lab.command('lab', 'kill', 'primary')).toMatchObject({ code: 0 });

    expect(pids.filter(isAlive)).toEqual([]);
    expect((await lab.file()).sites['primary']).toMatchObject({
      postgres: { pid: null },
      redis: { pid: null },
      app: { pids: [] },
    });
    const ofPrimary = (await processesOf(join(lab.folder, 'sites/primary'))).filter(
      (line) => !line.includes('setpriv'),
    );
    expect(ofPrimary).toEqual([]);
    expect((await lab.command('lab', 'status')).output).toMatch(/primary.*dead +dead +dead +dead/u);
  });

  it('powers a site off, after which nothing there starts', async () => {
    expect(await lab.command('labctl', 'power-status', 'dr')).toMatchObject({ code: 0 });
    expect(await lab.command('labctl', 'power-off', 'dr')).toMatchObject({ code: 0 });
    expect(await lab.command('labctl', 'power-status', 'dr')).toMatchObject({ code: 3 });
    expect(await lab.command('labctl', 'start', 'dr', 'redis')).toMatchObject({ code: 1 });
    expect(await lab.command('labctl', 'running', 'dr', 'redis')).toMatchObject({ code: 3 });
  });
});

describe('the end of a lab', () => {
  it.each(['SIGINT', 'SIGTERM', 'SIGKILL'] as const)(
    'leaves nothing running after %s in the middle of the start',
    async (signal) => {
      const folder = await labFolder();
      const lab = LabProcess.run('start', startArguments, folder, randomPortBase());
      await lab.prints('lab: redis', 20_000);
      lab.signal(signal);
      expect(await lab.ended).not.toBe(0);
      await eventually(async () => expect(await processesOf(folder)).toEqual([]), 3_000);

      const again = LabProcess.run('start', startArguments, folder, lab.portBase);
      await again.ready();
      again.signal('SIGINT');
      expect(await again.ended).toBe(0);
      expect(await processesOf(folder)).toEqual([]);
      await again.end();
    },
  );
});

describe('a lab that cannot start', () => {
  it('names a taken port, who holds it, and what to do', async () => {
    const folder = await labFolder();
    const { portBase, holder } = await eventually(async () => {
      const portBase = randomPortBase();
      const holder = createServer().listen(portBase + 101, '127.0.0.1');
      await once(holder, 'listening');
      return { portBase, holder };
    }, 5_000);
    const lab = LabProcess.run('start', startArguments, folder, portBase);
    expect(await lab.ended).toBe(1);
    expect(lab.output).toContain(`port ${portBase + 101}: wanted for redis of primary, held by`);
    expect(lab.output).toContain('DR_LAB_PORT_BASE');
    holder.close();
    await lab.end();
  });

  it('takes over the lock of a process that is gone', async () => {
    const folder = await labFolder();
    await writeFile(join(folder, 'lab.lock'), JSON.stringify({ pid: 1, startTime: 'long ago' }));
    const lab = LabProcess.run('lab', ['status'], folder, randomPortBase());
    expect(await lab.ended).toBe(1);
    expect(lab.output).toContain('no lab is running');
    await lab.end();
  });
});
