import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { DeliverPolicy, jetstreamManager } from '@nats-io/jetstream';
import { Kvm } from '@nats-io/kv';
import { PermissionViolationError } from '@nats-io/nats-core';
import { type Bus, DeadLetters, Epochs, Leases, silentLogger } from '@novacron/bus';
import { eventually, type RunningNats, startNatsServer } from '@novacron/bus/testing';
import { eventContracts, eventSubject, requestContracts, requestSubject, serviceNames } from '@novacron/contracts';
import { OperationEngine } from '@novacron/operations';
import { connectAs, estate, golden, password, ServiceBus } from './service-bus.js';

const users = [...serviceNames, 'operator', 'start-guard'];

let nats: RunningNats;
let services: ServiceBus[] = [];
let operator: Bus;

beforeAll(async () => {
  nats = await startNatsServer({
    extraConfig: readFileSync(resolve('deploy/nats/permissions.conf'), 'utf8'),
    environment: Object.fromEntries(
      users.map((user) => [`DR_NATS_PASSWORD_${user.toUpperCase().replaceAll('-', '_')}`, password]),
    ),
    credentials: { user: 'operator', pass: password },
  });
  // The first has to make everything: each of the five may be the first.
  services = [];
  for (const service of serviceNames.toReversed()) services.push(await ServiceBus.start(nats.url, service));
  operator = await connectAs(nats.url, 'operator');
});
afterAll(async () => {
  await Promise.all(services.map((service) => service.stop()));
  await operator?.close();
  await nats?.stop();
});

const of = (name: string): ServiceBus => {
  const found = services.find(({ service }) => service === name);
  if (found === undefined) throw new Error(`no service ${name}`);
  return found;
};
/** What becomes of a subscription: refused by the server, or good, also for what is said in between. */
async function hearing(bus: Bus, subject: string, say?: () => Promise<void>): Promise<'heard' | 'refused' | 'nothing'> {
  let outcome: 'heard' | 'refused' | undefined;
  bus.connection.subscribe(subject, {
    callback: (error) => {
      outcome = error === null ? 'heard' : 'refused';
    },
  });
  await bus.connection.flush();
  await say?.();
  await bus.connection.flush();
  return outcome ?? 'nothing';
}
const refusals = (): unknown[] => services.flatMap((service) => service.refusals);

describe('with the permissions made from the registry', () => {
  it('every event is published by its service and handled by each of its consumers', async () => {
    for (const contract of eventContracts) await of(contract.service).bus.publish(golden(contract));

    for (const { service, handled } of services) {
      const wanted = eventContracts.filter(({ consumers }) => consumers.includes(service)).map(({ name }) => name);
      await eventually(() => handled.length >= wanted.length, { what: `${service} handles its events` });
      expect(handled.map(({ name }) => name).toSorted()).toEqual(wanted.toSorted());
    }
    expect(refusals()).toEqual([]);
  });

  it('every command and query is answered to an operator, and the service protocol too', async () => {
    for (const contract of requestContracts) await operator.request(golden(contract));
    for (const service of serviceNames) {
      const info: unknown = (await operator.connection.request(`$SRV.INFO.${service}`, '')).json();
      expect(info).toMatchObject({ name: service });
    }
    expect(refusals()).toEqual([]);
  });

  it.each([
    ['restoration', 'StartFailover'],
    ['restoration', 'QueryFailoverStatus'],
    ['restoration', 'QueryHealthStatus'],
    ['notifier', 'QueryHealthStatus'],
  ])('%s asks with %s', async (service, name) => {
    const contract = requestContracts.find((one) => one.name === name);
    if (contract === undefined) throw new Error(`no request ${name}`);
    await expect(of(service).bus.request(golden(contract))).resolves.toBeDefined();
  });

  it.each(serviceNames)('%s takes leases, reads the epoch and files what was never settled', async (service) => {
    const { bus } = of(service);
    const leases = await Leases.open({ connection: bus.connection, estate, logger: silentLogger });
    const lease = await leases.acquire(`test.${service}`, '1');
    expect(lease.isHeld()).toBe(true);
    await lease.release();
    await expect((await Epochs.open(bus.connection, estate)).current()).resolves.toBeUndefined();
    const manager = await jetstreamManager(bus.connection, { checkAPI: false });
    await expect(manager.streams.getMessage('DR_EVENTS', { seq: 1 })).resolves.toMatchObject({ seq: 1 });
    expect(refusals()).toEqual([]);
  });

  it.each(['failover', 'backup', 'restoration'])('%s carries operations out', async (service) => {
    const { bus } = of(service);
    const engine = new OperationEngine({
      ...{ bus, service, logger: silentLogger },
      runbooks: [
        {
          name: 'one',
          version: '1',
          nodes: [
            {
              ...{ name: 'a', title: 'does a', timeoutMs: 5_000, attempts: 1 },
              probe: async () => undefined,
              run: async () => ({ did: 'a' }),
              verify: async () => {},
            },
          ],
        },
      ],
    });
    await engine.start();
    const { operationId } = await engine.begin({ runbook: 'one', params: {} });
    await expect(engine.wait(operationId, { timeoutMs: 10_000 })).resolves.toMatchObject({ state: 'completed' });
    await engine.stop();
    expect(refusals()).toEqual([]);
  });

  it.each([
    ['health-monitor', 'DR_STATE', `${estate}.health-monitor.episode`],
    ['notifier', 'DR_STATE', `${estate}.notifier.plan.incident-1`],
  ])('%s keeps and follows its facts in %s', async (service, bucket, key) => {
    const kv = await new Kvm(of(service).bus.jetstream).open(bucket, { allow_direct: false });
    const watch = await kv.watch({ key });
    await kv.create(key, '1');
    for await (const entry of watch) {
      if (entry.operation === 'PUT') break;
    }
    expect((await kv.get(key))?.string()).toBe('1');
    expect(refusals()).toEqual([]);
  });

  it('vantages hear each other’s samples', async () => {
    const { bus } = of('health-monitor');
    const subject = `dr.${estate}.observation.alpha.primary.postgres`;
    const heard = hearing(bus, subject, async () => void (await bus.jetstream.publish(subject, '{}')));
    expect(await heard).toBe('heard');
    expect(refusals()).toEqual([]);
  });

  it('failover alone moves the epoch, and the start guard reads it', async () => {
    const { revision } = await (
      await Epochs.open(of('failover').bus.connection, estate)
    ).advance(0, { site: 'primary', operationId: 'first' });
    const guard = await connectAs(nats.url, 'start-guard');
    await expect((await Epochs.open(guard.connection, estate)).current()).resolves.toMatchObject({
      site: 'primary',
      revision,
    });
    await guard.close();
  });

  it('the guard beside a database writes its lease', async () => {
    const guard = await connectAs(nats.url, 'start-guard');
    const subject = `$KV.DR_STATE.${estate}.failover.write-lease.novacron.primary`;
    await expect(guard.jetstream.publish(subject, '{}')).resolves.toMatchObject({ stream: 'KV_DR_STATE' });
    await guard.close();
  });

  it('the notifier reads the history and works on its queue', async () => {
    const { bus } = of('notifier');
    const history = await bus.jetstream.consumers.get('DR_EVENTS', { deliver_policy: DeliverPolicy.All });
    const first = await history.next({ expires: 5_000 });
    expect(first?.seq).toBe(1);
    const manager = await jetstreamManager(bus.connection, { checkAPI: false });
    await manager.consumers.add('DR_NOTIFICATIONS', {
      durable_name: 'notifier__channel-email',
      ack_policy: 'explicit',
    });
    await bus.jetstream.publish(`dr.${estate}.notification.email.high`, '{}');
    const item = await (await bus.jetstream.consumers.get('DR_NOTIFICATIONS', 'notifier__channel-email')).next();
    await expect(item?.ackAck()).resolves.toBe(true);
    const row = `dr.${estate}.ledger.row.notification-1`;
    await bus.jetstream.publish(row, '{}', { expect: { lastSubjectSequence: 0 } });
    const ledger = await bus.jetstream.consumers.get('DR_LEDGER', { deliver_policy: DeliverPolicy.LastPerSubject });
    expect((await ledger.next({ expires: 5_000 }))?.subject).toBe(row);
    await expect(manager.streams.getMessage('DR_LEDGER', { last_by_subj: row })).resolves.toMatchObject({ seq: 1 });
    expect(refusals()).toEqual([]);
  });

  it('an operator lists, shows and replays dead letters', async () => {
    const [contract] = eventContracts;
    if (contract === undefined) throw new Error('no event');
    const consumers = contract.consumers.length;
    await of(contract.service).bus.jetstream.publish(eventSubject(estate, contract, 'primary'), 'not JSON');
    const tool = await connectAs(nats.url, 'operator');
    const letters = await DeadLetters.open(tool);
    const found = await eventually(async () => {
      const all = await letters.list();
      return all.length >= consumers ? all : undefined;
    });
    const [letter] = found;
    expect(new TextDecoder().decode((await letters.show(letter?.sequence ?? 0)).body)).toBe('not JSON');
    await letters.replay(letter?.sequence ?? 0);
    await tool.close();
  });
});

describe('what is refused by the server', () => {
  const publishing = async (bus: Bus, subject: string, body = '{}'): Promise<unknown> =>
    bus.connection.request(subject, body, { timeout: 3_000 }).catch((error: unknown) => error);
  const violation = (error: unknown): boolean =>
    error instanceof PermissionViolationError || (error instanceof Error && violation(error.cause));

  it.each(serviceNames)('%s says no other service’s events and answers none of its requests', async (service) => {
    const { bus } = of(service);
    const { state } = await (await jetstreamManager(operator.connection)).streams.info('DR_EVENTS');
    for (const contract of eventContracts.filter((one) => one.service !== service)) {
      const subject = eventSubject(estate, contract, 'forged');
      expect([subject, violation(await publishing(bus, subject))]).toEqual([subject, true]);
    }
    for (const contract of requestContracts.filter((one) => one.service !== service)) {
      const subject = requestSubject(estate, contract);
      expect([subject, await hearing(bus, subject)]).toEqual([subject, 'refused']);
    }
    const after = await (await jetstreamManager(operator.connection)).streams.info('DR_EVENTS');
    expect(after.state.last_seq).toBe(state.last_seq);
  });

  it.each([
    ['backup', 'the epoch', `$KV.DR_EPOCHS.${estate}.primary`],
    ['restoration', 'the epoch', `$KV.DR_EPOCHS.${estate}.primary`],
    ['backup', 'the facts of another', `$KV.DR_STATE.${estate}.health-monitor.episode`],
    ['notifier', 'a journal', `dr.${estate}.operation.failover-1`],
    ['health-monitor', 'a journal', `dr.${estate}.operation.failover-1`],
    ['notifier', 'a command it has no business with', `dr.${estate}.command.failover.start`],
    ['backup', 'a command it has no business with', `dr.${estate}.command.failover.abort`],
    ['failover', 'a health sample', `dr.${estate}.observation.alpha.primary.postgres`],
    ['backup', 'another’s durable consumer', '$JS.API.CONSUMER.MSG.NEXT.DR_EVENTS.failover__site-lost'],
    ['backup', 'an acknowledgement of another’s event', '$JS.ACK.DR_EVENTS.failover__site-lost.1.1.1.1.0'],
    ['failover', 'the end of a stream', '$JS.API.STREAM.DELETE.DR_OPERATIONS'],
    ['failover', 'the emptying of a stream', '$JS.API.STREAM.PURGE.DR_OPERATIONS'],
    ['backup', 'the removal of a journal record', '$JS.API.STREAM.MSG.DELETE.DR_OPERATIONS'],
    ['backup', 'the end of a consumer', '$JS.API.CONSUMER.DELETE.DR_EVENTS.failover__site-lost'],
    ['notifier', 'a stream of another kind', '$JS.API.STREAM.CREATE.MINE'],
    ['backup', 'another’s inbox', '_INBOX_failover.abc'],
  ])('%s: %s', async (service, _what, subject) => {
    expect(violation(await publishing(of(service).bus, subject))).toBe(true);
  });

  it.each([
    ['backup', '_INBOX_failover.>'],
    ['notifier', `dr.${estate}.operation.*`],
    ['backup', `dr.${estate}.event.>`],
    ['health-monitor', '>'],
    ['start-guard', `dr.${estate}.event.>`],
  ])('%s hears nothing on %s', async (user, subject) => {
    const bus = await connectAs(nats.url, user);
    expect(await hearing(bus, subject)).toBe('refused');
    await bus.close();
  });

  it.each([
    `$KV.DR_EPOCHS.${estate}.primary`,
    `$KV.DR_STATE.${estate}.failover.replication.novacron`,
    `$KV.DR_STATE.${estate}.health-monitor.novacron`,
    `dr.${estate}.event.failover.failover-decided.primary`,
  ])('the guards beside a database say nothing on %s', async (subject) => {
    const bus = await connectAs(nats.url, 'start-guard');
    expect(violation(await publishing(bus, subject))).toBe(true);
    await bus.close();
  });

  it('whoever has no password', async () => {
    const nobody = connectAs(nats.url, 'nobody');
    await expect(nobody).rejects.toMatchObject({ code: 'INVALID_CONFIG' });
  });
});
