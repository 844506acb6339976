import {
  type Audience,
  type Estate,
  HealthRecovered,
  NotificationAcknowledged,
  NotificationsSilenced,
  SiteLost,
} from '@novacron/contracts';
import { testEstate } from '../../testing/test-estate.js';
import { ToldByTheClock } from '../../testing/told-by-the-clock.js';
import { onCallAt } from './on-call.js';

const startMs = Date.parse('2026-03-15T10:00:00.000Z');
const minute = 60_000;
const hour = 60 * minute;
let lab: Estate;

beforeAll(async () => {
  lab = await testEstate();
});

const lost = new SiteLost({
  site: 'primary',
  episode: 1,
  since: new Date(startMs).toISOString(),
  reason: 'it does not answer',
  evidence: [],
  failedChecks: ['postgres'],
  vantagesAgreeing: 3,
  vantagesSeeing: 3,
  confidence: 0.95,
});

const chain: Partial<Audience> = {
  contacts: ['infra-lead'],
  channels: ['hooks'],
  updateEvery: '4h',
  escalation: [
    { after: '5m', contacts: ['db-lead'], channels: ['mail'] },
    { after: '10m', contacts: ['security-lead'], channels: ['mail'] },
    { after: '15m', onCall: ['night'], channels: ['hooks'] },
  ],
  repeatEscalation: 1,
  acknowledgeFor: '30m',
};

/** The running example with one audience, changed. */
function estate(change: Partial<Audience> = {}, more: object = {}): Estate {
  const technical = lab.communication.audiences.find(({ name }) => name === 'technical');
  const audiences = [Object.assign({}, technical, { escalateAfter: undefined }, chain, change) as Audience];
  const rotations = [
    { name: 'night', contacts: ['a', 'b'], start: '2026-03-15T00:00:00+01:00', shift: '12h', overrides: [] },
  ];
  const communication = Object.assign({}, lab.communication, { audiences, rotations, ...more });
  return Object.assign({}, lab, { communication }) as Estate;
}

/** What was said, as `<minute> <who> <channels>`. */
const said = (told: ToldByTheClock): string[] =>
  told.dispatches.map(
    ({ at, contacts, channels, template }) =>
      `${(Date.parse(at) - startMs) / minute} ${template} ${contacts.join('+')} ${channels.join('+')}`,
  );

const acknowledged = (atMs: number): NotificationAcknowledged =>
  new NotificationAcknowledged({
    notificationId: 'n',
    incident: 'incident-primary-1',
    audience: 'technical',
    channel: 'hooks',
    recipient: 'db-lead',
    by: 'db-lead',
    at: new Date(atMs).toISOString(),
  });

const levels = [
  '0 initial infra-lead hooks',
  '5 initial db-lead mail',
  '15 initial security-lead mail',
  '30 initial a hooks',
  '35 initial db-lead mail',
  '45 initial security-lead mail',
  '60 initial b hooks',
];

describe('a chain of several levels', () => {
  it('calls each in its time, once more from the start, and then nobody', () => {
    const told = new ToldByTheClock(estate(), startMs);
    told.say(lost, 'incident-primary-1');
    told.moveTo(startMs + 3 * hour);
    expect(said(told)).toEqual(levels);
  });

  it('is that of the moment when the incident began, however the file is changed meanwhile', () => {
    const told = new ToldByTheClock(estate(), startMs);
    told.say(lost, 'incident-primary-1');
    told.moveTo(startMs + 6 * minute);
    told.estate = estate({ escalation: [], contacts: ['somebody-else'], channels: ['mail'] }, { rotations: [] });
    told.moveTo(startMs + 3 * hour);
    expect(said(told)).toEqual(levels);
  });

  it('stops at an acknowledgement, and begins anew when whoever gave it has fallen silent', () => {
    const told = new ToldByTheClock(estate(), startMs);
    told.say(lost, 'incident-primary-1');
    told.moveTo(startMs + 6 * minute);
    told.say(acknowledged(told.nowMs), 'incident-primary-1');
    told.moveTo(startMs + 42 * minute);
    const after = said(told).filter((one) => !one.includes('acknowledged'));
    expect(after).toEqual([...levels.slice(0, 2), '36 initial infra-lead hooks', '41 initial db-lead mail']);
    // A sign of life puts the end off.
    told.say(acknowledged(told.nowMs), 'incident-primary-1');
    told.moveTo(startMs + 60 * minute);
    told.say(acknowledged(told.nowMs), 'incident-primary-1');
    told.moveTo(startMs + 89 * minute);
    expect(said(told).filter((one) => !one.includes('acknowledged'))).toEqual(after);
  });

  it('ends with its incident', () => {
    const told = new ToldByTheClock(estate(), startMs);
    told.say(lost, 'incident-primary-1');
    told.moveTo(startMs + 6 * minute);
    const { site, episode, since } = lost;
    told.say(
      new HealthRecovered({ site, episode, since, reason: 'well', evidence: [], durationMs: 1 }),
      'incident-primary-1',
    );
    told.moveTo(startMs + 3 * hour);
    expect(said(told)).toEqual([...levels.slice(0, 2), '6 resolution infra-lead hooks']);
    expect(told.wanted).toEqual([]);
  });
});

describe('a silence', () => {
  it('ends by itself, and what stood is told once then', () => {
    const told = new ToldByTheClock(estate({ escalation: [] }), startMs);
    told.say(
      new NotificationsSilenced({
        silenceId: 's',
        audience: 'technical',
        from: new Date(startMs).toISOString(),
        until: new Date(startMs + 45 * minute).toISOString(),
        reason: 'a rehearsal',
        owner: 'comms',
      }),
      's',
    );
    told.say(lost, 'incident-primary-1');
    told.moveTo(startMs + 45 * minute - 1);
    expect(said(told)).toEqual([]);
    told.moveTo(startMs + 45 * minute);
    expect(said(told)).toEqual(['45 initial infra-lead hooks']);
  });
});

describe('a rotation', () => {
  it.each([
    // Berlin moves from +01:00 to +02:00 on 29 March, and back on 25 October: a shift is as long as it says on those nights too.
    ['2026-03-28T09:00:00+01:00', '2026-03-29T09:59:59+02:00', 'a'],
    ['2026-03-28T09:00:00+01:00', '2026-03-29T10:00:00+02:00', 'b'],
    ['2026-10-24T09:00:00+02:00', '2026-10-25T07:59:59+01:00', 'a'],
    ['2026-10-24T09:00:00+02:00', '2026-10-25T08:00:00+01:00', 'b'],
  ])('that began at %s: at %s it is %s', (start, at, who) => {
    const rotation = { name: 'r', contacts: ['a', 'b'], startMs: Date.parse(start), shiftMs: 24 * hour, overrides: [] };
    expect(onCallAt(rotation, Date.parse(at))).toBe(who);
  });

  it('is asked at the moment of the call: before and after a hand-over it is another', () => {
    const onCall = estate({
      contacts: [],
      onCall: ['night'],
      escalation: [{ after: '2h', onCall: ['night'], channels: ['mail'] }],
    });
    // Shifts of twelve hours from midnight in Berlin: the hand-over is at eleven UTC, between the call and the second.
    const told = new ToldByTheClock(onCall, startMs);
    told.say(lost, 'incident-primary-1');
    told.moveTo(startMs + 2 * hour);
    expect(said(told)).toEqual(['0 initial a hooks', '120 initial b mail']);
  });
});
