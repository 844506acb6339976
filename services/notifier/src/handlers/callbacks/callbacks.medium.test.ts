import 'reflect-metadata';
import { createHmac } from 'node:crypto';
import { SiteLost } from '@novacron/contracts';
import { slackSignature } from '../../channels/slack/slack-signature.js';
import { twilioSignature } from '../../channels/twilio/twilio-signature.js';
import { matrixSecrets } from '../../testing/matrix-estate.js';
import { incident, siteLost } from '../../testing/test-history.js';
import { VirtualNotifiers } from '../../testing/virtual-notifiers.js';

const startMs = Date.parse('2026-03-15T10:00:00.000Z');
const minute = 60_000;
const lost = new SiteLost(Object.assign({}, siteLost, { since: new Date(startMs).toISOString() }));

let world: VirtualNotifiers;
afterEach(() => world.close());

async function disaster(change: (text: string) => string = (text) => text): Promise<void> {
  world = await VirtualNotifiers.start(startMs, 1, { change });
  await world.say(lost, incident, 'lost');
}

async function post(path: string, headers: Record<string, string>, body: string): Promise<number> {
  const url = `${world.services[0]?.url ?? ''}${path}`;
  const response = await fetch(url, { method: 'POST', headers, body });
  await response.text();
  return response.status;
}

function twilioSays(notificationId: string, status: string): Promise<number> {
  const path = `/hooks/twilio/phone/status?n=${notificationId}`;
  const form = { CallSid: 'CA1', CallStatus: status };
  const signature = twilioSignature(matrixSecrets.twilio, `http://callbacks.test${path}`, form);
  const type = { 'content-type': 'application/x-www-form-urlencoded' };
  return post(path, { ...type, 'x-twilio-signature': signature }, new URLSearchParams(form).toString());
}

function pagerDutySays(id: string, type: string, agent = 'user_reference'): Promise<number> {
  const body = JSON.stringify({
    event: {
      id,
      event_type: type,
      occurred_at: new Date(world.clock.nowMs()).toISOString(),
      agent: { type: agent, summary: 'Jane Doe' },
      data: { incident_key: `dr/${incident}/technical` },
    },
  });
  const mac = createHmac('sha256', matrixSecrets.pagerduty).update(body).digest('hex');
  return post(
    '/hooks/pagerduty/pagerduty',
    { 'content-type': 'application/json', 'x-pagerduty-signature': `v1=${mac}` },
    body,
  );
}

describe('what Twilio says of a call', () => {
  it('leads forwards only, however late, often and disordered it comes; who was not reached is told another way, once', async () => {
    await disaster();
    world.sent();
    const [ceo, cto] = ['ceo', 'cto'].map((who) => `${incident}_executives_${who}_phone_initial-1`) as [string, string];
    const state = (id: string): string | undefined => world.parts.ledger.known(id)?.state;

    for (const status of ['completed', 'ringing', 'in-progress', 'completed', 'busy', 'queued'])
      expect(await twilioSays(ceo, status)).toBe(204);
    await world.settle();
    expect(state(ceo)).toBe('delivered');
    expect(world.sent()).toEqual([]);

    for (const status of ['ringing', 'no-answer', 'no-answer', 'completed'])
      expect(await twilioSays(cto, status)).toBe(204);
    await world.settle();
    expect(state(cto)).toBe('failed');
    expect(world.sent()).toEqual(['executives mail cto initial-1']);
    expect(await twilioSays('nothing-of-ours', 'completed')).toBe(204);
  }, 240_000);
});

describe('what people do at PagerDuty', () => {
  it('acknowledged: nobody else is called; unacknowledged: the chain begins anew, at once; escalations are its own affair', async () => {
    await disaster();
    world.sent();
    const acknowledged = () =>
      world.parts.teller.talk.conversations.get(incident)?.threads.get('technical')?.acknowledged?.by;

    expect(await pagerDutySays('E1', 'incident.escalated')).toBe(202);
    expect(await pagerDutySays('E2', 'incident.unacknowledged')).toBe(202);
    await world.settle();
    expect([acknowledged(), world.sent()]).toEqual([undefined, []]);

    expect(await pagerDutySays('E3', 'incident.acknowledged')).toBe(202);
    await world.settle();
    await world.moveTo(startMs + 6 * minute);
    expect([acknowledged(), world.sent()]).toEqual(['Jane Doe', []]);

    for (let time = 0; time < 2; time += 1) expect(await pagerDutySays('E4', 'incident.unacknowledged')).toBe(202);
    await world.settle();
    expect([acknowledged(), world.sent()]).toEqual([undefined, ['technical pagerduty all initial-2']]);
    await world.moveTo(startMs + 11 * minute);
    expect(world.sent()).toContain('technical pagerduty all initial-2-level-1');

    // Closed by a human, who therefore knows; by ourselves says nothing of anyone.
    expect(await pagerDutySays('E5', 'incident.resolved', 'integration_reference')).toBe(202);
    await world.settle();
    expect(acknowledged()).toBeUndefined();
    expect(await pagerDutySays('E6', 'incident.resolved')).toBe(202);
    await world.settle();
    expect(acknowledged()).toBe('Jane Doe');
  }, 240_000);
});

describe('Slack with a bot', () => {
  const bot = (text: string): string =>
    text.replace(
      /\{ name: slack, kind: slack, url: '(.*)\/slack-hook',/u,
      "{ name: slack, kind: slack, url: '$1/slack/api', token: { file: secrets/token }, room: C1, signingSecret: { file: secrets/slack },",
    );

  it('has one thread for an incident, and its button acknowledges, signed and of now', async () => {
    await disaster(bot);
    const messages = () =>
      world.providers.taken.filter(({ provider }) => provider === 'slack-api').map(({ body }) => body);
    const [opening] = messages();
    const blocks = opening?.['blocks'] as { elements?: { action_id: string; value: string }[] }[];
    const button = blocks.flatMap(({ elements = [] }) => elements)[0];
    expect(button?.action_id).toBe('acknowledge');

    const payload = { user: { name: 'maria' }, actions: [{ ...button, action_ts: '1700000000.1' }] };
    const body = new URLSearchParams({ payload: JSON.stringify(payload) }).toString();
    const press = (timestamp: string, secret: string = matrixSecrets.slack): Promise<number> =>
      post(
        '/hooks/slack/slack',
        {
          'content-type': 'application/x-www-form-urlencoded',
          'x-slack-request-timestamp': timestamp,
          'x-slack-signature': slackSignature(secret, timestamp, body),
        },
        body,
      );
    const now = String(Math.floor(Date.now() / 1000));
    expect(await press(now, 'another secret')).toBe(403);
    expect(await press(String(Number(now) - 3_600))).toBe(403);
    expect(await press(now)).toBe(200);
    expect(await press(now)).toBe(200);
    await world.settle();
    const { ledger, teller } = world.parts;
    expect(teller.talk.conversations.get(incident)?.threads.get('customer-success')?.acknowledged?.by).toBe('maria');
    expect(ledger.known(button?.value ?? '')).toMatchObject({ state: 'acknowledged', acknowledgedBy: 'maria' });

    // Nobody is called after 15 minutes; what is said in the hour stands in the thread.
    await world.moveTo(startMs + 20 * minute);
    expect(messages()).toHaveLength(1);
    await world.moveTo(startMs + 60 * minute);
    const thread = String(opening?.['ts']);
    // The update, and a second call, as the acknowledgement was over after half an hour.
    const later = messages().slice(1);
    expect(later).toHaveLength(2);
    expect(later.map((body) => body['thread_ts'])).toEqual([thread, thread]);
  }, 240_000);
});
