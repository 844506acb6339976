import { Bus, Epochs, provisionBus, silentLogger } from '@novacron/bus';
import { eventually, type RunningNats, startNatsServer } from '@novacron/bus/testing';
import type { EpochEnforced } from '@novacron/contracts';
import { epochMarkIn } from '@novacron/drivers';
import { JsonLogger } from '@novacron/service';
import type { PauseStore } from './adapters/pause-store.js';
import { EpochKeeper } from './epoch-keeper.js';
import type { FailoverOperations } from './failover-operations.js';
import { startTestEstate, type TestEstate } from './testing/test-estate.js';

describe('an estate kept to its epoch', () => {
  let nats: RunningNats;
  let bus: Bus;
  let estate: TestEstate;
  let keeper: EpochKeeper;
  let events: EpochEnforced[];
  let running: string | undefined;

  beforeEach(async () => {
    nats = await startNatsServer();
    bus = await Bus.connect({
      url: nats.url,
      service: 'failover',
      instance: 'test',
      estate: 'novacron',
      logger: silentLogger,
    });
    await provisionBus(bus.connection, { estate: 'novacron' });
    events = [];
    bus.connection.subscribe('dr.novacron.event.failover.epoch-enforced.*', {
      callback: (_error, message) => void events.push(message.json()),
    });
    const epochs = await Epochs.open(bus.connection, 'novacron');
    estate = await startTestEstate('asynchronous');
    // The estate has moved to its second epoch, and the old primary has not heard of it.
    const { member } = estate.primary;
    await member.writeEpoch(1, 'first-epoch');
    await estate.secondary.member.waitForReplay((await member.status()).currentLsn ?? '0/0');
    await estate.secondary.member.promote();
    await estate.secondary.member.writeEpoch(2, 'failover-1');
    await epochs.advance((await epochs.advance(0, { site: 'primary', operationId: 'first-epoch' })).revision, {
      site: 'secondary',
      operationId: 'failover-1',
    });
    running = undefined;
    const operations = { running: () => Promise.resolve(running) } as FailoverOperations;
    const pauses = { current: () => Promise.resolve(undefined) } as unknown as PauseStore;
    const logger = new JsonLogger({ write: () => undefined });
    keeper = new EpochKeeper(bus, epochs, estate.targets, pauses, operations, logger);
  });
  afterEach(async () => {
    await bus?.close();
    await nats?.stop();
    await estate?.stop();
  });

  const routedTo = async (): Promise<string[]> =>
    ((await estate.targets.backends[0]?.runtime.servers('db')) ?? [])
      .filter(({ state }) => state === 'ready')
      .map(({ server }) => server);

  it('stops a primary of an older epoch, and sends traffic where the epoch says, as after a reload', async () => {
    expect(await routedTo()).toEqual(['primary']);

    const enforced = await keeper.look();

    expect(await epochMarkIn(estate.secondary.dataDir)).toBe(2);
    expect(await epochMarkIn(estate.primary.dataDir)).toBeUndefined();
    expect(enforced?.corrections.map(({ target, done }) => `${target}: ${done}`)).toEqual([
      'database novacron on primary: stopped',
      'load balancer router, backend db: sends to secondary again',
    ]);
    expect(enforced?.needs).toEqual([]);
    await expect(estate.primary.member.status()).rejects.toMatchObject({ code: 'UNREACHABLE' });
    expect(await routedTo()).toEqual(['secondary']);
    expect((await estate.secondary.member.status()).inRecovery).toBe(false);
    expect(await keeper.look()).toBeUndefined();
    await eventually(() => events.length === 1);

    // A real reload forgets what was set at run time, and its configuration leads to the first site.
    await estate.router.reload();
    expect(await routedTo()).toEqual(['primary']);
    expect((await keeper.look())?.corrections.map(({ done }) => done)).toEqual(['sends to secondary again']);
    expect(await routedTo()).toEqual(['secondary']);
  });

  it('closes a primary of an older epoch that nobody can stop, whatever its control says, and tells a human', async () => {
    const { member } = estate.primary;
    const says = {
      start: () => Promise.resolve(),
      stop: () => Promise.resolve(),
      isRunning: () => Promise.resolve(false),
    };
    Object.assign(member.options, { control: says });
    await member.query('create table kept (n int)');

    const enforced = await keeper.look();

    expect(enforced?.corrections[0]?.done).toBe(
      'closed to writes, but not stopped: its control says that it is stopped, and it answers still',
    );
    expect(enforced?.needs).toEqual([expect.stringMatching(/stop the database novacron of primary at once/u)]);
    await expect(member.query('insert into kept values (1)')).rejects.toThrow(/read-only/u);
    const stubborn = 'begin read write; insert into kept values (2); commit';
    await expect(member.query(stubborn, [], { timeoutMs: 1_000 })).rejects.toMatchObject({ code: 'TIMEOUT' });
  });

  it('touches nothing while an operation moves service', async () => {
    running = 'failover-2';
    expect(await keeper.look()).toBeUndefined();
    expect((await estate.primary.member.status()).inRecovery).toBe(false);
    expect(await routedTo()).toEqual(['primary']);
  });

  it('leaves two primaries that are both of the present epoch to a human, and says so once', async () => {
    await estate.primary.member.writeEpoch(2, 'somebody');
    const enforced = await keeper.look();
    await keeper.look();
    const told = events.length;
    await keeper.look();
    expect(enforced?.needs).toEqual([
      'find out which of primary and secondary has the right data, and stop the other at once',
    ]);
    expect((await estate.primary.member.status()).inRecovery).toBe(false);
    await bus.connection.flush();
    expect(events).toHaveLength(told);
  });
});
