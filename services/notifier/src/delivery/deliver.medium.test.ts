import { Bus, provisionBus, silentLogger } from '@novacron/bus';
import { type RunningNats, startNatsServer } from '@novacron/bus/testing';
import type { Channel } from '../channels/channel.js';
import type { Outcome, Word } from '../domain/retry.js';
import { Ledger } from '../ledger/ledger.js';
import type { LedgerEntry, StoredEntry } from '../ledger/ledger-entry.js';
import { deliverOnce, type DeliverySettings } from './deliver.js';

const nowMs = Date.parse('2026-03-15T10:00:10Z');
let nats: RunningNats;
let bus: Bus;
let ledger: Ledger;
let serial = 0;

beforeAll(async () => {
  nats = await startNatsServer();
  bus = await Bus.connect({ url: nats.url, service: 'notifier', instance: '1', estate: 'test', logger: silentLogger });
  await provisionBus(bus.connection, { estate: 'test' });
  ledger = await Ledger.open(bus.jetstream, 'test');
});

afterAll(async () => {
  ledger.close();
  await bus.close();
  await nats.stop();
});

class ScriptedChannel implements Channel {
  readonly name = 'mail';
  readonly kind = 'email';
  sent = 0;

  constructor(
    readonly repeatable: boolean,
    private readonly outcome: Outcome,
    private readonly onSending: () => Promise<void> = async () => {},
  ) {}

  async send(_message: unknown, commit: () => Promise<void>): Promise<Outcome> {
    await this.onSending();
    await commit();
    this.sent += 1;
    return this.outcome;
  }
}

const settings = (): DeliverySettings => ({
  ledger,
  retry: { pausesMs: [1_000], giveUpMs: 60_000 },
  contact: (id) => (id === 'someone' ? { id, name: 'Someone', email: 'someone@example.org' } : undefined),
  nowMs: () => nowMs,
  hasStandIn: () => true,
});

async function planned(change: Partial<LedgerEntry> = {}): Promise<StoredEntry> {
  serial += 1;
  const entry: LedgerEntry = {
    notificationId: `n${serial}`,
    incident: `i${serial}`,
    audience: 'a',
    recipient: 'someone',
    channel: 'mail',
    template: 'initial',
    byHand: false,
    customer: true,
    drill: false,
    tried: [],
    priority: 'high',
    batch: 1,
    rank: 0,
    subject: 's',
    text: 't',
    state: 'planned',
    attempts: 0,
    causedAt: '2026-03-15T10:00:00Z',
    plannedAt: '2026-03-15T10:00:00Z',
    correlationId: 'c',
    causationId: 'e',
    ...change,
  };
  await ledger.plan(entry);
  const stored = await ledger.read(entry.notificationId);
  if (stored === undefined) throw new Error('not planned');
  return stored;
}

const stateOf = async (id: string): Promise<string | undefined> => (await ledger.read(id))?.entry.state;

describe('one attempt', () => {
  it('is accepted once: a second worker with the same row sends nothing', async () => {
    const stored = await planned();
    const channel = new ScriptedChannel(false, { kind: 'accepted', providerId: '250 ok' });

    expect(await deliverOnce(stored, channel, settings())).toMatchObject({
      kind: 'done',
      entry: { state: 'accepted', attempts: 1 },
    });
    expect(await deliverOnce(stored, channel, settings())).toMatchObject({ kind: 'later' });
    const again = await ledger.read(stored.entry.notificationId);
    expect(again && (await deliverOnce(again, channel, settings()))).toMatchObject({ kind: 'done' });
    expect(channel.sent).toBe(1);
  });

  it('of two workers at the same time one sends', async () => {
    const stored = await planned();
    const channel = new ScriptedChannel(false, { kind: 'accepted' });
    await Promise.all([deliverOnce(stored, channel, settings()), deliverOnce(stored, channel, settings())]);
    expect(channel.sent).toBe(1);
    expect(await stateOf(stored.entry.notificationId)).toBe('accepted');
  });

  it('after a crash in the middle of sending: a mail is not repeated, a webhook is', async () => {
    const mail = new ScriptedChannel(false, { kind: 'accepted' });
    const hook = new ScriptedChannel(true, { kind: 'accepted' });

    expect(await deliverOnce(await planned({ state: 'sending', attempts: 1 }), mail, settings())).toMatchObject({
      entry: { state: 'unknown' },
    });
    expect(await deliverOnce(await planned({ state: 'sending', attempts: 1 }), hook, settings())).toMatchObject({
      entry: { state: 'accepted', attempts: 2 },
    });
    expect([mail.sent, hook.sent]).toEqual([0, 1]);
  });

  it('after a crash a page of ours that nothing stands in for is repeated, each time', async () => {
    const mail = new ScriptedChannel(false, { kind: 'accepted' });
    const stored = await planned({ state: 'sending', attempts: 2, customer: false });
    const alone = { ...settings(), hasStandIn: () => false };
    expect(await deliverOnce(stored, mail, alone)).toMatchObject({ entry: { state: 'accepted', attempts: 3 } });
    expect(mail.sent).toBe(1);
  });

  it('of such a page whose provider breaks off is made twice, and no more', async () => {
    const mail = new ScriptedChannel(false, { kind: 'unknown', reason: 'no answer' });
    const alone = { ...settings(), hasStandIn: () => false };
    const { entry } = await planned({ customer: false });
    const row = async (): Promise<StoredEntry> => (await ledger.read(entry.notificationId)) as StoredEntry;
    expect(await deliverOnce(await row(), mail, alone)).toMatchObject({ kind: 'later' });
    expect(await deliverOnce(await row(), mail, alone)).toMatchObject({ kind: 'done', entry: { state: 'unknown' } });
    expect(mail.sent).toBe(2);
  });

  it('of doubtful end is asked about until the provider tells, or its time is over', async () => {
    const again: Word = { kind: 'ask-again', afterMs: 700, reason: 'on its way' };
    let word: Word = again;
    const phone: Channel = {
      name: 'phone',
      kind: 'phone',
      repeatable: false,
      send: async (_message, commit) => {
        await commit();
        return { kind: 'unknown', reason: 'no answer' };
      },
      reconcile: () => Promise.resolve(word),
    };
    const stored = await planned({ plannedAt: new Date(nowMs).toISOString() });
    const row = async (): Promise<StoredEntry> => (await ledger.read(stored.entry.notificationId)) as StoredEntry;
    expect(await deliverOnce(stored, phone, settings())).toMatchObject({ kind: 'later' });
    expect(await stateOf(stored.entry.notificationId)).toBe('sending');
    expect(await deliverOnce(await row(), phone, settings())).toEqual({ kind: 'later', pauseMs: 700 });
    word = { kind: 'accepted', providerId: 'CA1' };
    expect(await deliverOnce(await row(), phone, settings())).toMatchObject({
      entry: { state: 'accepted', attempts: 1, providerId: 'CA1' },
    });
    expect(ledger.rows.isKnown('CA1')).toBe(true);

    word = again;
    const old = await planned({ state: 'sending', attempts: 1, sendingAt: '2026-03-15T09:00:00Z' });
    expect(await deliverOnce(old, phone, { ...settings(), nowMs: () => nowMs + 120_000 })).toMatchObject({
      entry: { state: 'unknown', problem: 'on its way' },
    });
  });

  it.each([
    [{ kind: 'refused', code: 'SMTP_550', reason: 'no' }, 'failed'],
    [{ kind: 'unknown', reason: 'no answer' }, 'unknown'],
  ] as const)('%j ends as %s', async (outcome, state) => {
    expect(await deliverOnce(await planned(), new ScriptedChannel(false, outcome), settings())).toMatchObject({
      kind: 'done',
      entry: { state },
    });
  });

  it('that may be repeated is planned again, until its time is over', async () => {
    const later = new ScriptedChannel(false, { kind: 'retry', code: 'SMTP_451', reason: 'later', afterMs: 5_000 });
    const stored = await planned();
    expect(await deliverOnce(stored, later, settings())).toMatchObject({ kind: 'later', pauseMs: 5_000 });
    expect(await ledger.read(stored.entry.notificationId)).toMatchObject({
      entry: { state: 'planned', attempts: 1, code: 'SMTP_451' },
    });

    const old = await planned({ plannedAt: '2026-03-15T09:00:00Z' });
    expect(await deliverOnce(old, later, settings())).toMatchObject({
      kind: 'done',
      entry: { state: 'failed', code: 'SMTP_451' },
    });
  });

  it('without a contact ends as failed, and sends nothing', async () => {
    const channel = new ScriptedChannel(false, { kind: 'accepted' });
    expect(await deliverOnce(await planned({ recipient: 'nobody' }), channel, settings())).toMatchObject({
      entry: { state: 'failed', code: 'NOT_FOUND' },
    });
    expect(channel.sent).toBe(0);
  });

  it('of words that a later message has overtaken is not made', async () => {
    const first = await planned({ incident: 'same' });
    await planned({ incident: 'same', batch: 2, state: 'accepted' });
    const channel = new ScriptedChannel(false, { kind: 'accepted' });
    expect(await deliverOnce(first, channel, settings())).toMatchObject({ entry: { state: 'stale' } });
    expect(channel.sent).toBe(0);
  });
});

describe('the ledger', () => {
  it('is whole again in another process', async () => {
    const stored = await planned();
    const other = await Ledger.open(bus.jetstream, 'test');
    expect(other.known(stored.entry.notificationId)).toEqual(stored.entry);
    expect([...other.all()]).toHaveLength([...ledger.all()].length);
    other.close();
  });

  it('plans a row once', async () => {
    const { entry } = await planned();
    expect(await ledger.plan({ ...entry, subject: 'other' })).toBe(false);
    expect((await ledger.read(entry.notificationId))?.entry.subject).toBe('s');
  });
});
