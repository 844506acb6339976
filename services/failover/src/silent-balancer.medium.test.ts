import 'reflect-metadata';
import { eventually } from '@novacron/bus/testing';
import { HaproxyRuntime, requireProgram } from '@novacron/drivers';
import { freePort, type HaproxyServer, startHaproxy } from '@novacron/drivers/testing';
import { JsonLogger } from '@novacron/service';
import { PauseStore } from './adapters/pause-store.js';
import { StateStore } from './adapters/state-store.js';
import { EpochKeeper } from './epoch-keeper.js';
import { FailoverRunner } from './testing/failover-runner.js';
import { startTestEstate, type TestEstate } from './testing/test-estate.js';

/** Servers start slowly on a busy machine. */
const limitMs = 240_000;

describe('a load balancer of which one instance is gone with its site', () => {
  let estate: TestEstate;
  let runner: FailoverRunner;
  let other: HaproxyServer | undefined;
  let silent: string;

  beforeEach(async () => {
    other = undefined;
    estate = await startTestEstate('synchronous');
    runner = await FailoverRunner.start(estate);
    const gone = { host: '127.0.0.1', port: await freePort() };
    silent = `127.0.0.1:${gone.port}`;
    instances(estate.router.runtime, gone);
  }, limitMs);

  afterEach(async () => {
    await runner?.stop();
    await other?.stop();
    await estate?.stop();
  }, limitMs);

  function instances(...endpoints: { host: string; port: number }[]): void {
    const [backend] = estate.targets.backends;
    Object.assign(backend ?? {}, { runtime: new HaproxyRuntime({ endpoints }) });
  }
  const states = async (router: HaproxyServer) => {
    const servers = await new HaproxyRuntime({ endpoints: [router.runtime] }).servers('db');
    return servers.map(({ server, state }) => `${server} ${state}`);
  };

  it(
    'holds up no failover: it is named, counts as no fence of the routes, and is told when it is back',
    async () => {
      await estate.primary.kill();

      const view = await runner.run();

      expect(view).toMatchObject({ state: 'completed' });
      expect(view.results.get('fence-route')).toMatchObject({ silent: [silent] });
      expect(view.results.get('switch-route')).toMatchObject({ silent: [silent] });
      const completed = await eventually(() => runner.events.find(({ name }) => name === 'failover-completed'));
      expect(completed.data).toMatchObject({ toSite: 'secondary', fenceLevel: 'L1', lostRows: 0 });
      const moved = ['primary maint', 'secondary ready', 'dr maint'];
      expect(await states(estate.router)).toEqual(moved);

      // One instance has come back with its site, and knows nothing of the failover; another is still gone.
      const ports = [estate.primary, estate.secondary, estate.dr].map(({ name, port }) => [name, port] as const);
      other = await startHaproxy(requireProgram('haproxy'), Object.fromEntries(ports));
      instances(estate.router.runtime, other.runtime, { host: '127.0.0.1', port: Number(silent.split(':')[1]) });
      const logger = new JsonLogger({ write: () => undefined });
      const pauses = new PauseStore(new StateStore(runner.bus), { estate: estate.targets.estate } as never);
      const keeper = new EpochKeeper(runner.bus, runner.epochs, estate.targets, pauses, runner.operations, logger);
      expect(await keeper.look()).toMatchObject({ corrections: [{ done: 'sends to secondary again' }] });
      expect(await states(other)).toEqual(moved);
    },
    limitMs,
  );

  it(
    'is put back where a failover is undone, and lets no planned move begin',
    async () => {
      const before = await states(estate.router);

      const undone = await runner.run({ fenceRequired: 'L3' });
      expect(undone).toMatchObject({ state: 'rolled-back' });
      expect(undone.reason).toMatch(/fence around primary reached L1, policy asks for L3/u);
      expect(await states(estate.router)).toEqual(before);

      const refused = await runner.run({ mode: 'planned', to: 'secondary' });
      expect(refused).toMatchObject({ state: 'rolled-back' });
      expect(refused.reason).toContain(silent);
      expect(await states(estate.router)).toEqual(before);
      expect(await estate.primary.member.status()).toMatchObject({ inRecovery: false });
    },
    limitMs,
  );
});
