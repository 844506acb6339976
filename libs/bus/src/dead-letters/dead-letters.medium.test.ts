import { jetstreamManager } from '@nats-io/jetstream';
import { headers, type MsgHdrs } from '@nats-io/nats-core';
import type { Delivered } from '@novacron/contracts';
import type { Bus } from '../bus.js';
import { Consumption } from '../consuming/consumption.js';
import { deliver } from '../consuming/deliver.js';
import { eventually, type RunningNats, startNatsServer } from '../testing/index.js';
import { testRegistry, ThingChanged } from '../testing/contracts.js';
import { connectTestBus } from '../testing/test-bus.js';
import { AdvisoryFiler } from './advisories.js';
import { runCommand } from './command.js';
import { DeadLetterWriter } from './dead-letter-writer.js';
import { DeadLetters } from './dead-letters.js';

const subject = 'dr.test.event.failover.thing-changed.a';
const valid = { thing: 'a', number: 1 };

function eventHeaders(changes: Record<string, string> = {}): MsgHdrs {
  const out = headers();
  const all = {
    'ce-specversion': '1.0',
    'ce-id': 'x',
    'ce-type': 'io.novacron.dr.ThingChanged.v1',
    'ce-source': '/test/failover',
    'ce-time': '2026-03-15T10:00:00Z',
    'ce-subject': 'a',
    ...changes,
  };
  for (const [name, value] of Object.entries(all)) if (value !== '') out.set(name, value);
  return out;
}

/** What is wrong with a message: its body, its headers, and the code its dead letter must have. */
const malformed: [string, Uint8Array | string, MsgHdrs, string][] = [
  ['not JSON', 'hello', eventHeaders(), 'INVALID_MESSAGE'],
  ['half of JSON', '{"thing":"a"', eventHeaders(), 'INVALID_MESSAGE'],
  ['an empty body', '', eventHeaders(), 'INVALID_MESSAGE'],
  ['a list', '[1]', eventHeaders(), 'INVALID_MESSAGE'],
  ['null', 'null', eventHeaders(), 'INVALID_MESSAGE'],
  ['wrong types', '{"thing":1,"number":"x"}', eventHeaders(), 'INVALID_MESSAGE'],
  ['a missing field', '{"thing":"a"}', eventHeaders(), 'INVALID_MESSAGE'],
  ['a huge body', `{"thing":"${'a'.repeat(1024 * 1024 - 2_000)}","number":1}`, eventHeaders(), 'INVALID_MESSAGE'],
  ['deep JSON', '['.repeat(100_000) + ']'.repeat(100_000), eventHeaders(), 'INVALID_MESSAGE'],
  [
    'deep JSON in a field',
    `{"thing":${'{"a":'.repeat(5_000)}1${'}'.repeat(5_000)},"number":1}`,
    eventHeaders(),
    'INVALID_MESSAGE',
  ],
  ['a prototype', '{"__proto__":{"polluted":true},"thing":"a"}', eventHeaders(), 'INVALID_MESSAGE'],
  ['UTF-16', Buffer.from('{"thing":"a","number":1}', 'utf16le'), eventHeaders(), 'INVALID_MESSAGE'],
  ['invalid UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d]), eventHeaders(), 'INVALID_MESSAGE'],
  ['no headers', JSON.stringify(valid), headers(), 'INVALID_MESSAGE'],
  [
    'an unknown type',
    JSON.stringify(valid),
    eventHeaders({ 'ce-type': 'io.novacron.dr.Nope.v1' }),
    'UNSUPPORTED_MESSAGE',
  ],
  [
    'an unknown version',
    JSON.stringify(valid),
    eventHeaders({ 'ce-type': 'io.novacron.dr.ThingChanged.v9' }),
    'UNSUPPORTED_MESSAGE',
  ],
  [
    "another event's type",
    JSON.stringify(valid),
    eventHeaders({ 'ce-type': 'io.novacron.dr.ThingMoved.v1' }),
    'UNSUPPORTED_MESSAGE',
  ],
  ['another version of CloudEvents', JSON.stringify(valid), eventHeaders({ 'ce-specversion': '9' }), 'INVALID_MESSAGE'],
  [
    'structured mode',
    JSON.stringify(valid),
    eventHeaders({ 'content-type': 'application/cloudevents+json' }),
    'INVALID_MESSAGE',
  ],
  [
    'another content type',
    JSON.stringify(valid),
    eventHeaders({ 'ce-datacontenttype': 'text/xml' }),
    'INVALID_MESSAGE',
  ],
  ['a broken time', JSON.stringify(valid), eventHeaders({ 'ce-time': 'yesterday' }), 'INVALID_MESSAGE'],
  ['a broken encoding', JSON.stringify(valid), eventHeaders({ 'ce-subject': '%FF%FE' }), 'INVALID_MESSAGE'],
  ['an endless id', JSON.stringify(valid), eventHeaders({ 'ce-id': 'x'.repeat(50_000) }), 'INVALID_MESSAGE'],
  [
    'hostile headers',
    'no',
    eventHeaders({
      'Nats-Msg-Id': 'DR_EVENTS:backup__thing-changed:1',
      'Nats-Expected-Stream': 'DR_EVENTS',
      'dr-dlq-code': 'FAKE',
      ...many(110),
    }),
    'INVALID_MESSAGE',
  ],
];

function many(count: number): Record<string, string> {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`ce-x${index}`, 'v'.repeat(500)]));
}

describe('dead letters', () => {
  let nats: RunningNats;
  let bus: Bus;
  let publisher: Bus;
  let deadLetters: DeadLetters;
  let writer: DeadLetterWriter;
  let consumption: Consumption;
  let handled: Delivered[] = [];

  beforeEach(async () => {
    nats = await startNatsServer();
    bus = await connectTestBus(nats.url, { service: 'backup' });
    publisher = await connectTestBus(nats.url);
    deadLetters = await DeadLetters.open(bus);
    writer = new DeadLetterWriter(bus);
    handled = [];
    const [contract] = testRegistry.events;
    if (contract === undefined) throw new Error('no contract');
    consumption = new Consumption({
      bus,
      deadLetters: writer,
      stream: 'DR_EVENTS',
      durable: 'backup__thing-changed',
      prepare: (message) => {
        const { delivered } = deliver(message, contract, testRegistry);
        return { key: delivered.entity, run: async () => void handled.push(delivered) };
      },
    });
  });

  afterEach(async () => {
    await consumption.stop();
    await Promise.all([bus.close(), publisher.close()]);
    await nats.stop();
  });

  const settled = async (): Promise<void> => {
    const manager = await jetstreamManager(bus.connection);
    await eventually(
      async () => {
        const info = await manager.consumers.info('DR_EVENTS', 'backup__thing-changed');
        return info.num_pending + info.num_ack_pending === 0;
      },
      { what: 'nothing is left to be settled' },
    );
  };

  it('take each malformed message once, with its reason, and leave the good ones between them alone', async () => {
    consumption.start();
    for (const [index, [, body, messageHeaders]] of malformed.entries()) {
      await bus.jetstream.publish(`${subject}${index}`, body, { headers: messageHeaders });
      await publisher.publish(new ThingChanged({ thing: `good-${index}`, number: index }));
    }
    await settled();

    const letters = (await deadLetters.list()).reverse();
    expect(letters.map((letter) => [malformed[Number(letter.subject.replace(subject, ''))]?.[0], letter.code])).toEqual(
      malformed.map(([name, , , code]) => [name, code]),
    );
    for (const letter of letters) expect(letter).toMatchObject({ deliveries: 1, consumer: 'backup__thing-changed' });
    expect(letters.every((letter) => letter.reason.length > 0)).toBe(true);
    expect(handled).toHaveLength(malformed.length);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  it('are shown and replayed with the body, correlation and trace they had', async () => {
    const trace = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
    const broken = eventHeaders({
      'ce-time': 'yesterday',
      'ce-correlationid': 'c-1',
      traceparent: trace,
      tracestate: 'vendor=x',
    });
    await bus.jetstream.publish(subject, JSON.stringify(valid), { headers: broken });
    consumption.start();
    await eventually(async () => (await deadLetters.list()).length === 1);

    const listed = await runCommand(deadLetters, ['list']);
    const shown = await runCommand(deadLetters, ['show', '1']);
    const replayed = await runCommand(deadLetters, ['replay', '1']);

    expect(listed).toMatch(
      /^SEQUENCE +FAILED AT .*\n1 .*backup__thing-changed +INVALID_MESSAGE +1 +header ce-time must be/u,
    );
    expect(shown).toContain('correlationId: c-1');
    expect(shown).toContain(JSON.stringify(valid));
    expect(replayed).toBe('dead letter 1 is message 2 now');
    // It was not repaired: it comes back as a dead letter of its own, with the same correlation and trace.
    const again = await eventually(async () => (await deadLetters.list()).find((letter) => letter.sequence === 2));
    expect(again).toMatchObject({ correlationId: 'c-1', streamSequence: 2 });
    const { headers } = await deadLetters.show(2);
    expect([headers.get('traceparent'), headers.get('tracestate')]).toEqual([trace, 'vendor=x']);
    expect(await deadLetters.list()).toHaveLength(1);
  });

  it('are listed from the newest back, over the gaps that replays leave', async () => {
    for (let n = 0; n < 12; n += 1) await bus.jetstream.publish(subject, 'no', { headers: eventHeaders() });
    consumption.start();
    await eventually(async () => (await deadLetters.list(50)).length === 12);
    await consumption.stop();
    for (const sequence of [8, 9, 10, 11, 12]) await deadLetters.replay(sequence);

    expect((await deadLetters.list(2)).map((letter) => letter.sequence)).toEqual([7, 6]);
    expect(await deadLetters.list(50)).toHaveLength(7);
    expect(await runCommand(deadLetters, ['replay', 'all'])).toMatch(/^dead letter 1 is message 18 now\n/u);
    expect(await deadLetters.list()).toEqual([]);
  });

  it('keep a body that is too large for a dead letter where it was', async () => {
    const huge = `{"thing":"${'a'.repeat(1024 * 1024 - 2_000)}","number":1}`;
    await bus.jetstream.publish(subject, huge, { headers: eventHeaders() });
    consumption.start();
    await eventually(async () => (await deadLetters.list()).length === 1);

    const { headers: found, body } = await deadLetters.show(1);

    expect(found.get('dr-dlq-body')).toBe('omitted');
    expect(new TextDecoder().decode(body)).toBe(huge);
  });

  it('say what is not there and what is no verb', async () => {
    await expect(runCommand(deadLetters, ['show', '7'])).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(runCommand(deadLetters, ['show', 'x'])).rejects.toMatchObject({ code: 'INVALID_CONFIG' });
    await expect(runCommand(deadLetters, ['remove'])).rejects.toMatchObject({ code: 'INVALID_CONFIG' });
    expect(await runCommand(deadLetters, ['list'])).toBe('no dead letters');
  });

  it('take what no process ever settled, once the server gives it up', async () => {
    const manager = await jetstreamManager(bus.connection);
    // A second in place of ten, so that five deliveries to nobody do not take a minute.
    await manager.consumers.update('DR_EVENTS', 'backup__thing-changed', { ack_wait: 1_000_000_000 });
    await bus.jetstream.publish(subject, JSON.stringify(valid), {
      headers: eventHeaders({ 'ce-correlationid': 'c-9' }),
    });
    const filer = await AdvisoryFiler.start(bus, writer);
    const crashing = await bus.jetstream.consumers.get('DR_EVENTS', 'backup__thing-changed');
    const messages = await crashing.consume({ max_messages: 1 });
    const ignored = (async () => {
      let count = 0;
      for await (const message of messages) count += message.redelivered ? 1 : 0;
      return count;
    })();

    const letter = await eventually(async () => (await deadLetters.list())[0], { timeoutMs: 30_000 });

    expect(letter).toMatchObject({
      code: 'TIMEOUT',
      deliveries: 5,
      correlationId: 'c-9',
      consumer: 'backup__thing-changed',
    });
    messages.stop();
    expect(await ignored).toBe(4);
    await filer.stop();
  });
});
