import 'reflect-metadata';
import { createHmac } from 'node:crypto';
import {
  AcknowledgeNotification,
  ApproveNotification,
  type Done,
  DrError,
  HealthDegraded,
  HealthRecovered,
  SilenceNotifications,
  SiteLost,
} from '@novacron/contracts';
import { eventually } from '@novacron/bus/testing';
import { twilioSignature } from './channels/twilio/twilio-signature.js';
import { healthRecovered, incident, siteLost } from './testing/test-history.js';
import { matrixSecrets } from './testing/matrix-estate.js';
import { VirtualNotifiers } from './testing/virtual-notifiers.js';

const startMs = Date.parse('2026-03-15T10:00:00.000Z');
const minute = 60_000;
const lost = new SiteLost(Object.assign({}, siteLost, { since: new Date(startMs).toISOString() }));

let world: VirtualNotifiers | undefined;

afterEach(async () => {
  await world?.close();
  world = undefined;
});

/** Up to a second before each time nothing is sent; at that time exactly what stands there. */
async function expectWindows(notifiers: VirtualNotifiers, windows: readonly (readonly [number, readonly string[]])[]) {
  for (const [atMinutes, messages] of windows) {
    const atMs = startMs + atMinutes * minute;
    await notifiers.moveTo(atMs - 1_000);
    expect([atMinutes, 'before', notifiers.sent()]).toEqual([atMinutes, 'before', []]);
    await notifiers.moveTo(atMs);
    expect([atMinutes, 'at', notifiers.sent()]).toEqual([atMinutes, 'at', [...messages].toSorted()]);
  }
}

const executives = (what: string): string[] =>
  ['ceo', 'cto', 'cfo', 'coo'].map((who) => `executives phone ${who} ${what}`);
const success = (what: string, slack: string): string[] => [
  `customer-success mail cs-manager ${what}`,
  `customer-success mail support-lead ${what}`,
  `slack: ${slack.slice(0, 30)}`,
];
const tierOne = (what: string): string[] =>
  ['mail', 'phone', 'account-manager'].map((channel) => `tier-1 ${channel} acme ${what}`);
const tierTwo = (what: string): string[] => [`tier-2 mail beta ${what}`, `tier-2 status-page all ${what}`];
const technical = (what: string): string => `technical pagerduty all ${what}`;

const services =
  'payment processing, user authentication, core scheduling, api gateway, worker pool, message queue, reporting, analytics and batch processing';
const down = `Service disruption: ${services}`;
const still = 'confirming the failure and deciding how to act';

const everything: readonly (readonly [number, readonly string[]])[] = [
  [
    5,
    [
      technical('initial-1-level-1'),
      'technical mail infra-lead initial-1-level-1',
      'technical mail db-lead initial-1-level-1',
    ],
  ],
  [15, [...success('initial-1-level-1', down), ...tierTwo('initial-1')]],
  [30, [technical('progress-1'), ...tierOne('progress-1'), 'tier-3 status-page all initial-1']],
  [
    60,
    [
      ...executives('progress-1'),
      technical('progress-2'),
      ...success('progress-1', `Update 1: ${still}`),
      ...tierOne('progress-2'),
    ],
  ],
  [75, tierTwo('progress-1')],
  [90, [technical('progress-3'), ...tierOne('progress-3')]],
  [
    120,
    [
      ...executives('progress-2'),
      technical('progress-4'),
      ...success('progress-2', `Update 2: ${still}`),
      ...tierOne('progress-4'),
    ],
  ],
  [135, tierTwo('progress-2')],
  [150, [technical('progress-5'), ...tierOne('progress-5'), 'tier-3 status-page all progress-1']],
];
const first = [
  ...executives('initial-1'),
  technical('initial-1'),
  ...success('initial-1', down),
  ...tierOne('initial-1'),
];
const last = [
  ...executives('resolution-1'),
  'pagerduty resolve technical',
  'pagerduty resolve technical/initial-1-level-1',
  ...success('resolution-1', `Resolved: ${services}`),
  ...tierOne('resolution-1'),
  ...tierTwo('resolution-1'),
  'tier-3 status-page all resolution-1',
];

describe('the stakeholder matrix, by the clock', () => {
  it.each([1, 3])(
    'tells every row of it exactly what is due, exactly then, and nothing else: %d at work',
    async (count) => {
      world = await VirtualNotifiers.start(startMs, count);
      await world.say(lost, incident, 'lost');
      expect(world.sent()).toEqual(first.toSorted());
      // The ledger's own order is that of acceptance: the stakeholders', as the time that anyone waits for another stands still.
      const ranks = [...world.parts.ledger.rows.all()].toSorted((a, b) => a.revision - b.revision);
      expect(ranks.map(({ entry }) => entry.rank)).toEqual(
        ranks.map(({ entry }) => entry.rank).toSorted((a, b) => a - b),
      );

      await expectWindows(world, everything);

      await world.moveTo(startMs + 151 * minute);
      await world.say(healthRecovered, incident, 'recovered');
      expect(world.sent()).toEqual(last.toSorted());
      await world.moveTo(startMs + 400 * minute);
      expect(world.sent()).toEqual([]);
    },
    300_000,
  );

  it('cancels a start that recovery comes before, and calls nobody after an acknowledgement until it expires', async () => {
    world = await VirtualNotifiers.start(startMs);
    await world.say(lost, incident, 'lost');
    await world.moveTo(startMs + 4 * minute);
    world.sent();
    const done = await world.bus.request<Done>(
      Object.assign(new AcknowledgeNotification(), { incident, by: 'infra-lead', audience: 'technical' }),
    );
    expect(done.message).toContain('infra-lead has it');
    await world.settle();
    expect(world.sent()).toEqual(['pagerduty acknowledge technical']);

    await expectWindows(world, [
      [15, [...success('initial-1-level-1', down), ...tierTwo('initial-1')]],
      [30, [technical('progress-1'), ...tierOne('progress-1'), 'tier-3 status-page all initial-1']],
      // Thirty minutes after the acknowledgement, without another sign of life.
      [34, [technical('initial-2')]],
      [
        39,
        [
          technical('initial-2-level-1'),
          'technical mail infra-lead initial-2-level-1',
          'technical mail db-lead initial-2-level-1',
        ],
      ],
    ]);
  }, 240_000);

  it('tells customers who still waited nothing of what is over before their time', async () => {
    world = await VirtualNotifiers.start(startMs);
    await world.say(lost, incident, 'lost');
    await world.moveTo(startMs + 14 * minute);
    world.sent();
    await world.say(healthRecovered, incident, 'recovered');
    const told = world.sent();
    expect(told.some((one) => one.startsWith('tier-1'))).toBe(true);
    expect(told.filter((one) => /^tier-[23]/u.test(one))).toEqual([]);
    await world.moveTo(startMs + 300 * minute);
    expect(world.sent()).toEqual([]);
  }, 240_000);

  it('takes acknowledgements from a keypress and from PagerDuty, signed, once, however often they come', async () => {
    world = await VirtualNotifiers.start(startMs, 1, {
      change: (text) => text.replace('escalateAfter: 0s', 'escalateAfter: 10m'),
    });
    const notifier = world;
    await notifier.say(lost, incident, 'lost');
    notifier.sent();
    const url = notifier.services[0]?.url ?? '';
    const path = `/hooks/twilio/phone/keypress?n=${incident}_executives_ceo_phone_initial-1`;
    const press = async (digits: string, token: string): Promise<{ status: number; text: string }> => {
      const form = { CallSid: 'CA1', Digits: digits };
      const response = await fetch(`${url}${path}`, {
        method: 'POST',
        headers: { 'x-twilio-signature': twilioSignature(token, `http://callbacks.test${path}`, form) },
        body: new URLSearchParams(form),
      });
      return { status: response.status, text: await response.text() };
    };
    expect((await press('4', 'wrong')).status).toBe(403);
    expect((await press('9', matrixSecrets.twilio)).text).toContain('does not acknowledge');
    expect((await press('4', matrixSecrets.twilio)).text).toContain('Acknowledged');
    expect((await press('4', matrixSecrets.twilio)).status).toBe(200);

    const body = JSON.stringify({
      event: {
        id: 'E1',
        event_type: 'incident.acknowledged',
        occurred_at: new Date(startMs).toISOString(),
        agent: { summary: 'Jane Doe' },
        data: { incident_key: `dr/${incident}/technical` },
      },
    });
    const mac = createHmac('sha256', matrixSecrets.pagerduty).update(body).digest('hex');
    for (const [signature, status] of [
      ['v1=0', 403],
      [`v1=${'0'.repeat(64)},v1=${mac}`, 202],
      [`v1=${mac}`, 202],
    ] as const) {
      const response = await fetch(`${url}/hooks/pagerduty/pagerduty`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-pagerduty-signature': signature },
        body,
      });
      expect(response.status).toBe(status);
    }
    await notifier.settle();
    const { ledger, teller } = notifier.parts;
    expect(ledger.known(`${incident}_executives_ceo_phone_initial-1`)).toMatchObject({
      state: 'acknowledged',
      acknowledgedBy: 'ceo',
    });
    const threads = teller.talk.conversations.get(incident)?.threads;
    expect(threads?.get('executives')?.acknowledged?.by).toBe('ceo');
    expect(threads?.get('technical')?.acknowledged?.by).toBe('Jane Doe');
    await notifier.moveTo(startMs + 14 * minute);
    expect(notifier.sent()).toEqual([]);
  }, 240_000);

  it('keeps quiet while it is silenced, and tells once, afterwards, what stood', async () => {
    world = await VirtualNotifiers.start(startMs);
    const why = { expiry: '45m', reason: 'the customer is on the phone', owner: 'comms' };
    await world.bus.request<Done>(Object.assign(new SilenceNotifications(), { audience: 'tier-1', ...why }));
    const refused: unknown = await world.bus
      .request(Object.assign(new SilenceNotifications(), { audience: 'nobody', ...why }))
      .catch((error: unknown) => error);
    expect(DrError.is(refused) && refused.code).toBe('NOT_FOUND');
    await world.say(lost, incident, 'lost');
    expect(world.sent().filter((one) => one.startsWith('tier-1'))).toEqual([]);
    await world.moveTo(startMs + 15 * minute);
    await world.moveTo(startMs + 30 * minute);
    await world.moveTo(startMs + 45 * minute - 1_000);
    expect(world.sent().filter((one) => one.startsWith('tier-1'))).toEqual([]);
    await world.moveTo(startMs + 45 * minute);
    expect(world.sent()).toEqual(tierOne('initial-1').toSorted());
    await expectWindows(world, [
      [60, [...executives('progress-1'), technical('progress-2'), ...success('progress-1', `Update 1: ${still}`)]],
      [75, [...tierOne('progress-1'), ...tierTwo('progress-1')]],
    ]);
  }, 240_000);

  it('holds text for customers until a human or the clock releases it, and says when a promise is broken', async () => {
    world = await VirtualNotifiers.start(startMs, 1, {
      change: (text) =>
        text
          .replace('name: tier-1,', 'name: tier-1, approval: { releaseAfter: 10m },')
          .replace('name: tier-2,', 'name: tier-2, approval: {},'),
    });
    await world.say(lost, incident, 'lost');
    const asked = world.sent();
    expect(asked).toContain(technical('duty-approval-tier-1-initial-1'));
    expect(asked.filter((one) => one.startsWith('tier-'))).toEqual([]);
    await world.moveTo(startMs + 10 * minute - 1_000);
    world.sent();
    await world.moveTo(startMs + 10 * minute);
    expect(world.sent()).toEqual(tierOne('initial-1').toSorted());

    await world.moveTo(startMs + 15 * minute);
    world.sent();
    const waiting = [...(world.parts.teller.talk.conversations.get(incident)?.threads.values() ?? [])].find(
      ({ audience }) => audience.name === 'tier-2',
    )?.pending?.approvalId;
    const approve = (operationId: string): Promise<Done> =>
      (world as VirtualNotifiers).bus.request<Done>(
        Object.assign(new ApproveNotification(), { operationId, by: 'comms' }),
      );
    await expect(approve('nothing')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await approve(waiting ?? '');
    await world.settle();
    expect(world.sent()).toEqual(tierTwo('initial-1').toSorted());

    // Tier 1 was promised an update for 40; nobody approves it, and at 41 that is overdue; it goes by itself at 50.
    await world.moveTo(startMs + 41 * minute - 1_000);
    world.sent();
    await world.moveTo(startMs + 41 * minute);
    expect(world.sent()).toEqual([technical(`duty-overdue-tier-1-${startMs + 40 * minute}`)]);
    await world.moveTo(startMs + 50 * minute);
    expect(world.sent()).toEqual(tierOne('progress-1').toSorted());
  }, 240_000);

  it('marks an exercise, and keeps it inside', async () => {
    world = await VirtualNotifiers.start(startMs);
    await world.say(lost, 'drill-1', 'lost');
    const mails = world.inbox.mails.map(({ raw }) => raw);
    const told = world.sent();
    expect(told.filter((one) => one.startsWith('tier-'))).toEqual([]);
    expect(told).toEqual(
      [...executives('initial-1'), technical('initial-1'), ...success('initial-1', `[DRILL] ${down}`)].toSorted(),
    );
    for (const raw of mails) {
      expect(raw).toContain('[DRILL]');
      expect(raw).toContain('This is an exercise.');
    }
    const kept = [...world.parts.ledger.ofIncident('drill-1')].filter((row) => row.customer);
    expect(kept.length).toBeGreaterThan(0);
    expect(kept.every((row) => row.state === 'stale' && row.problem?.includes('would have been sent') === true)).toBe(
      true,
    );
  }, 240_000);

  it('makes a bounded number of messages of a thousand signs of trouble', async () => {
    world = await VirtualNotifiers.start(startMs);
    const { bus, clock } = world;
    const many = 1_000;
    for (let from = 0; from < many; from += 100) {
      await Promise.all(
        Array.from({ length: 100 }, (_, index) => {
          const n = from + index;
          const about = {
            site: `site-${n % 50}`,
            episode: n,
            since: new Date(startMs).toISOString(),
            reason: 'slow',
            evidence: [],
          };
          const data =
            n % 3 === 2
              ? new HealthRecovered({ ...about, durationMs: 1 })
              : new HealthDegraded({ ...about, checks: ['redis'] });
          return bus.publish(data, {
            correlationId: `episode-${n}`,
            id: `sign-${n}`,
            time: new Date(clock.nowMs()).toISOString(),
          });
        }),
      );
    }
    await world.settle();
    await world.moveTo(startMs + 29_000);
    expect(world.sent()).toEqual([]);
    await world.moveTo(startMs + 30_000);
    const told = world.sent();
    expect(told).toHaveLength(4 + 1 + 3);
    await eventually(() => (world as VirtualNotifiers).parts.teller.book.incidents.length === 1 || undefined);
  }, 240_000);
});
