import type { Bus } from '../bus.js';
import { DoThing, ThingDone } from '../testing/contracts.js';
import { eventually, type RunningNats, startNatsServer } from '../testing/index.js';
import { connectTestBus } from '../testing/test-bus.js';

let nats: RunningNats;
let asker: Bus;
let answerer: Bus;
let asked = 0;

beforeAll(async () => {
  nats = await startNatsServer();
  asker = await connectTestBus(nats.url);
  answerer = await connectTestBus(nats.url, { service: 'backup' });
  answerer.connection.subscribe('dr.test.command.backup.do-thing', {
    callback: (_error, message) => {
      asked += 1;
      message.respond(JSON.stringify(new ThingDone({ thing: 'done' })));
    },
  });
  // The time in which everyone is still coming back begins with the first connection too.
  await eventually(() => asker.link.standingForMs > 2_100);
});
beforeEach(() => {
  asked = 0;
});
afterAll(async () => {
  await Promise.all([asker.close(), answerer.close()]);
  await nats.stop();
});

describe('a request while the server is away', () => {
  const ask = (timeoutMs: number): Promise<ThingDone> => asker.request(new DoThing({ thing: 'a' }), { timeoutMs });

  it('is sent once the server is back, and answered once', async () => {
    await nats.kill();
    await eventually(() => !asker.connected);

    const answer = ask(15_000);
    await nats.restart();

    await expect(answer).resolves.toMatchObject({ thing: 'done' });
    expect(asked).toBe(1);
  });

  it('is never sent when it was given up before that', async () => {
    await nats.kill();
    await eventually(() => !asker.connected);

    await expect(ask(200)).rejects.toMatchObject({ code: 'BUS_UNAVAILABLE', retryable: true });

    await nats.restart();
    await expect(ask(15_000)).resolves.toMatchObject({ thing: 'done' });
    expect(asked).toBe(1);
  });
});
