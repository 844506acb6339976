import 'reflect-metadata';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { DrError } from '@novacron/contracts';
import { HaproxyRuntime, pollUntil, type ServerSessions } from '@novacron/drivers';
import { FailoverRunner } from './testing/failover-runner.js';
import { startTestEstate, type TestEstate } from './testing/test-estate.js';

/** Servers start slowly on a busy machine. */
const limitMs = 240_000;

describe('customers who are connected to the old primary through a load balancer', () => {
  let estate: TestEstate;
  let runner: FailoverRunner;
  const real = Object.getOwnPropertyDescriptor(HaproxyRuntime.prototype, 'sessions') ?? {};

  beforeEach(async () => {
    estate = await startTestEstate('synchronous');
    runner = await FailoverRunner.start(estate);
  }, limitMs);

  afterEach(async () => {
    Object.defineProperty(HaproxyRuntime.prototype, 'sessions', real);
    estate?.primary.thaw();
    await runner?.stop();
    await estate?.stop();
  }, limitMs);

  const sessions = async (): Promise<number | undefined> => {
    const found = await estate.targets.backends[0]?.runtime.sessions('db');
    return found?.find(({ server }) => server === 'primary')?.sessions;
  };
  const connected = async (before = 0): Promise<Socket> => {
    const socket = connect(estate.router.port, '127.0.0.1');
    socket.on('error', () => undefined);
    await pollUntil('a session', async () => (await sessions()) === before + 1 || undefined, { timeoutMs: 20_000 });
    return socket;
  };
  /** HAProxy says that it was done, and it is not. */
  const doNotEnd = (): void => {
    const count = real.value as (this: HaproxyRuntime, backend: string) => Promise<ServerSessions[]>;
    HaproxyRuntime.prototype.sessions = async function (this: HaproxyRuntime, backend) {
      return (await count.call(this, backend)).map((each) => ({ ...each, sessions: 3 }));
    };
  };
  /** As an older HAProxy that has no such answer. */
  const cannotSay = (): void => {
    HaproxyRuntime.prototype.sessions = () => Promise.reject(new DrError('NOT_FOUND', 'it does not say'));
  };
  const fenceOf = (results: ReadonlyMap<string, unknown>) => [results.get('fence-route'), results.get('confirm-fence')];

  it(
    'are let go, and counted to be none, before the routes count as fenced',
    async () => {
      const closed = once(await connected(), 'close');
      // As a machine that hangs: it ends nobody's connection by itself.
      estate.primary.freeze();
      // Such a customer's session the router does not end when it is told to, but after its own timeout.
      (await connected(1)).end();

      const view = await runner.run({ fenceRequired: 'L2' });

      expect(view).toMatchObject({ state: 'completed' });
      expect(fenceOf(view.results)).toMatchObject([{ backends: 1 }, { level: 'L2' }]);
      await closed;
      expect(await sessions()).toBe(0);
    },
    limitMs,
  );

  it(
    'and cannot be let go are named, and the routes do not count as fenced; a planned move does not go on',
    async () => {
      doNotEnd();
      const planned = await runner.run({ mode: 'planned', to: 'secondary' });
      expect(planned).toMatchObject({ state: 'rolled-back' });
      expect(planned.reason).toMatch(/^customers are still connected to primary: 127.* db\/primary: 3 sessions$/u);
      expect(await estate.primary.member.status()).toMatchObject({ inRecovery: false });

      await estate.primary.kill();
      const refused = await runner.run({ fenceRequired: 'L2' });
      expect(refused).toMatchObject({ state: 'rolled-back' });
      expect(refused.reason).toMatch(/fence around primary reached L1, policy asks for L2/u);
      const moved = await runner.run({ fenceRequired: 'L1' });
      expect(moved).toMatchObject({ state: 'completed' });
      const lingering = [expect.stringMatching(/ db\/primary: 3 sessions$/u)];
      expect(fenceOf(moved.results)).toMatchObject([{ backends: 0, lingering }, { level: 'L1' }]);
    },
    limitMs,
  );

  it(
    'and cannot be counted cost the level of the fence, and not the failover',
    async () => {
      cannotSay();
      await estate.primary.kill();

      const moved = await runner.run({ fenceRequired: 'L1' });

      expect(moved).toMatchObject({ state: 'completed' });
      const lingering = ['router db/primary: sessions cannot be counted: it does not say'];
      expect(fenceOf(moved.results)).toMatchObject([{ backends: 0, lingering }, { level: 'L1' }]);
    },
    limitMs,
  );
});
