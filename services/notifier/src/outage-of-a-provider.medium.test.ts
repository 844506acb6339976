import 'reflect-metadata';
import { eventually } from '@novacron/bus/testing';
import { SiteLost } from '@novacron/contracts';
import { isSettled } from './domain/send-order.js';
import type { LedgerEntry } from './ledger/ledger-entry.js';
import { healthRecovered, incident, siteLost } from './testing/test-history.js';
import { VirtualNotifiers } from './testing/virtual-notifiers.js';

const startMs = Date.parse('2026-03-15T10:00:00.000Z');
const minute = 60_000;
const lost = new SiteLost(Object.assign({}, siteLost, { since: new Date(startMs).toISOString() }));
/** Half a minute at a time, and no further before what is due is planned, and only what is still tried is not at its end. */
async function passUntil(world: VirtualNotifiers, untilMs: number): Promise<void> {
  for (let nowMs = world.clock.nowMs(); nowMs < untilMs;) {
    nowMs = Math.min(untilMs, nowMs + minute / 2);
    const atMs = nowMs;
    // A page is tried for two minutes; everybody else waits for those before them for two seconds at most.
    const isTried = ({ channel, plannedAt }: LedgerEntry): boolean =>
      atMs - Date.parse(plannedAt) <= (channel === 'pagerduty' ? 2 * minute : 20_000);
    world.clock.set(atMs);
    await eventually(
      () => {
        const { teller, ledger } = world.parts;
        const due = teller.wanted.some((timer) => timer.kind !== 'overdue' && timer.dueAtMs <= atMs);
        const rows = [...ledger.all()];
        return !due && rows.every((row) => (isSettled(row.state) ? isStoodInFor(row, rows) : isTried(row)));
      },
      { timeoutMs: 60_000, what: `everything of ${new Date(atMs).toISOString()}` },
    );
  }
}

/** Both of the team were told another way what failed, or are told so anyway: that is planned a moment after it has failed. */
function isStoodInFor({ state, channel, notificationId }: LedgerEntry, rows: readonly LedgerEntry[]): boolean {
  if (state !== 'failed' || channel !== 'pagerduty') return true;
  const ending = notificationId.slice(notificationId.indexOf('_pagerduty_') + '_pagerduty'.length);
  const instead = rows.filter((row) => row.audience === 'technical' && row.channel === 'mail');
  return instead.filter((row) => row.notificationId.endsWith(ending)).length >= 2;
}

const say = (world: VirtualNotifiers) =>
  world.bus.publish(lost, { correlationId: incident, id: 'lost', time: new Date(startMs).toISOString() });

let world: VirtualNotifiers;
beforeEach(async () => {
  world = await VirtualNotifiers.start(startMs);
});
afterEach(() => world.close());

describe('a provider that is away', () => {
  it.each([
    ['refuses', { status: 503 } as const],
    ['breaks connections', 'drop-before' as const],
  ])(
    'and %s: pages go over the fallback inside its deadline, others are not delayed, and it is used again afterwards',
    async (_how, manner) => {
      world.providers.manner = (provider) => (provider === 'pagerduty' ? manner : 'accept');
      await say(world);
      await eventually(() => world.providers.asked.some(({ provider }) => provider === 'pagerduty') || undefined);
      // Those after them wait for two seconds at most; then everyone else is told while the provider is still being tried.
      world.clock.set(startMs + 3_000);
      await eventually(
        () => world.providers.taken.filter(({ provider }) => provider === 'calls').length >= 5 || undefined,
        { timeoutMs: 120_000, what: 'the executives and a customer are called' },
      );
      await eventually(() => world.inbox.mails.length >= 4 || undefined, { timeoutMs: 120_000, what: 'mails' });
      expect(world.inbox.mails.some(({ to }) => to === 'infra-lead@novacron.io')).toBe(false);

      await world.moveTo(startMs + 2 * minute + 1_000);
      const page = world.parts.ledger.known(`${incident}_technical_all_pagerduty_initial-1`);
      expect(page).toMatchObject({ state: 'failed' });
      for (const person of ['infra-lead', 'db-lead']) {
        const instead = world.parts.ledger.known(`${incident}_technical_${person}_mail_initial-1`);
        expect(instead).toMatchObject({ state: 'accepted', tried: ['pagerduty'] });
        expect(Date.parse(instead?.settledAt ?? '')).toBeLessThanOrEqual(startMs + 3 * minute);
      }

      // Away for a whole hour: what falls due meanwhile goes the same way, each time.
      await passUntil(world, startMs + 65 * minute);
      for (const [number, dueMs] of [30, 60].map((due) => startMs + due * minute).entries()) {
        for (const person of ['infra-lead', 'db-lead']) {
          const instead = world.parts.ledger.known(`${incident}_technical_${person}_mail_progress-${number + 1}`);
          expect(instead).toMatchObject({ state: 'accepted', tried: ['pagerduty'] });
          expect(Date.parse(instead?.settledAt ?? '')).toBeLessThanOrEqual(dueMs + 4 * minute);
        }
      }
      const before = world.inbox.mails.length;

      world.providers.manner = () => 'accept';
      await world.moveTo(startMs + 66 * minute);
      expect(world.inbox.mails).toHaveLength(before);
      world.sent();
      await world.say(healthRecovered, incident, 'recovered');
      await eventually(() => world.sent().includes('pagerduty resolve technical') || undefined, { timeoutMs: 180_000 });
    },
    400_000,
  );
});

describe('a provider that takes a message and says nothing', () => {
  it('is asked what it has: nobody is called twice, and nobody told another way', async () => {
    world.providers.manner = (provider) => (provider === 'calls' ? 'drop-after' : 'accept');
    await say(world);
    await world.settle();
    for (const [row, number] of [
      ['tier-1_acme_phone_initial-1', '+15550301'],
      ['executives_ceo_phone_initial-1', '+15550201'],
    ] as const) {
      expect(world.parts.ledger.known(`${incident}_${row}`)).toMatchObject({ state: 'accepted', attempts: 1 });
      const calls = world.providers.asked.filter(({ provider, body }) => provider === 'calls' && body['To'] === number);
      expect(calls).toHaveLength(1);
    }
    expect(world.inbox.mails.filter(({ to }) => to === 'acme@example.org')).toHaveLength(1);
    expect(world.inbox.mails.filter(({ to }) => to === 'ceo@novacron.io')).toEqual([]);
  }, 240_000);
});
