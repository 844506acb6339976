import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Kvm } from '@nats-io/kv';
import { Bus, Epochs, provisionBus, silentLogger } from '@novacron/bus';
import { type RunningNats, startNatsServer } from '@novacron/bus/testing';
import { buckets } from '@novacron/contracts';
import { temporaryFolder } from '@novacron/drivers/testing';

const root = join(import.meta.dirname, '../../../..');
const program = join(root, 'services/failover/dist/guard/main.js');
const mustNotStart = 75;

describe('the start guard, as a machine runs it before its database', () => {
  let nats: RunningNats;
  let bus: Bus;
  let epochs: Epochs;
  const folder = temporaryFolder('start-guard');
  const dataDir = join(folder.path, 'data');

  beforeAll(async () => {
    mkdirSync(dataDir);
    nats = await startNatsServer();
    bus = await Bus.connect({
      ...{ url: nats.url, service: 'failover', instance: 'test', estate: 'novacron', logger: silentLogger },
    });
    await provisionBus(bus.connection, { estate: 'novacron' });
    epochs = await Epochs.open(bus.connection, 'novacron');
  });
  afterAll(async () => {
    await bus?.close();
    await nats?.stop();
    folder.remove();
  });

  const ask = (site: string, component = 'postgres'): Promise<{ readonly code: number; readonly said: string }> =>
    new Promise((resolve) => {
      const question = ['--estate', join(root, 'lab/estate.yaml'), '--site', site, '--component', component];
      const env = { ...process.env, DR_NATS_URL: nats.url };
      execFile(
        process.execPath,
        [program, ...question, '--data-dir', dataDir],
        { env, timeout: 100_000 },
        (error, _out, said) => resolve({ code: error === null ? 0 : Number(error.code), said }),
      );
    });

  it('lets the site of the epoch start, holds an old primary, and does not take silence for a yes', async () => {
    expect(await ask('primary')).toMatchObject({ code: 0, said: expect.stringContaining('no epoch is recorded yet') });
    const first = await epochs.advance(0, { site: 'primary', operationId: 'first-epoch' });
    expect(await ask('primary')).toMatchObject({ code: 0 });
    await epochs.advance(first.revision, { site: 'secondary', operationId: 'failover-1' });

    expect(await ask('secondary')).toMatchObject({ code: 0 });
    expect(await ask('primary')).toEqual({
      ...{ code: mustNotStart, said: expect.stringMatching(/the epoch names secondary: rejoin primary as a standby/u) },
    });

    // The bucket is made anew: what the bus does not know any more, the data directory does.
    const manager = new Kvm(bus.jetstream);
    await (await manager.open(buckets.epochs.name)).destroy();
    await provisionBus(bus.connection, { estate: 'novacron' });
    expect(await ask('primary')).toMatchObject({ code: 0 });
    writeFileSync(join(dataDir, 'postgresql.auto.conf'), "port = '1'\ndr.epoch = '1'\n");
    expect(await ask('primary')).toEqual({
      ...{ code: mustNotStart, said: expect.stringMatching(/the bus has lost the record.*primary has had epoch 1/u) },
    });
    expect(await ask('primary', 'redis')).toMatchObject({ code: mustNotStart });

    await nats.kill();
    expect(await ask('secondary')).toEqual({
      ...{
        code: mustNotStart,
        said: expect.stringMatching(/the epoch cannot be read and this would start as a primary/u),
      },
    });
    writeFileSync(join(dataDir, 'standby.signal'), '');
    expect(await ask('primary')).toMatchObject({ code: 0, said: expect.stringContaining('takes no writes') });
  }, 300_000);
});
