import type { Estate } from '@novacron/contracts';
import { testEstate } from '../testing/test-estate.js';
import { asEvents, wholeDisaster } from '../testing/test-history.js';
import { applyEvent } from './apply-event.js';
import { emptyBook, type Notice } from './incident-book.js';
import { notificationId } from './notification-id.js';
import { placeholderTexts } from './placeholder-texts.js';
import { planNotifications } from './plan-notifications.js';

let estate: Estate;
let notices: Notice[];

beforeAll(async () => {
  estate = await testEstate();
  notices = [];
  let book = emptyBook(estate);
  for (const event of asEvents(wholeDisaster)) {
    const folded = applyEvent(book, event, estate);
    book = folded.book;
    if (folded.notice !== undefined) notices.push(folded.notice);
  }
});

const notice = (index: number): Notice => notices[index] as Notice;
const audience = (name: string) =>
  estate.communication.audiences.find((one) => one.name === name) as Estate['communication']['audiences'][number];

describe('planning', () => {
  it('tells everyone in the stakeholders’ order, whatever order the file has', () => {
    estate.communication.audiences.reverse();
    const planned = planNotifications(notice(0), estate, new Set(['mail', 'hooks']));
    estate.communication.audiences.reverse();

    expect(planned.map((one) => `${one.rank} ${one.audience.name} ${one.recipient} ${one.channel}`)).toEqual([
      '0 executives dr-lead mail',
      '1 technical infra-lead hooks',
      '1 technical infra-lead mail',
      '1 technical db-lead hooks',
      '1 technical db-lead mail',
      '1 technical security-lead hooks',
      '1 technical security-lead mail',
      '2 customer-success comms mail',
      '3 customers customers mail',
    ]);
    expect(planned[0]?.notificationId).toBe('SiteLost_primary_1_executives_dr-lead_mail_initial-1');
  });

  it('leaves customers out when only a standby is lost, and channels out that cannot be served', () => {
    const standby: Notice = { ...notice(0), incident: { ...notice(0).incident, kind: 'redundancy' } };
    const planned = planNotifications(standby, estate, new Set(['mail']));
    expect(new Set(planned.map((one) => one.audience.name))).toEqual(
      new Set(['executives', 'technical', 'customer-success']),
    );
    expect(planned.every((one) => one.channel === 'mail')).toBe(true);
  });
});

describe('ids', () => {
  it('fit a subject token, and differ where they are cut', () => {
    const name = {
      incident: 'i'.repeat(120),
      audience: 'a',
      contact: 'c',
      channel: 'mail',
      template: 'initial',
      number: '1',
    };
    const one = notificationId(name);
    expect(one).toHaveLength(128);
    expect(notificationId(name)).toBe(one);
    expect(notificationId({ ...name, contact: 'd' })).not.toBe(one);
    expect(one).toMatch(/^[A-Za-z0-9][A-Za-z0-9_-]{0,127}$/u);
  });
});

describe('values', () => {
  it('are those of the incident, customers reading of their own services', () => {
    const texts = placeholderTexts(notice(0), audience('customers'), estate);
    expect(texts).toMatchObject({
      SERVICES: 'payment processing, user authentication, api gateway and reporting',
      START_TIME: '2026-03-15 10:00:00 UTC',
      UPDATE_INTERVAL: '30 minutes',
      STATUS_PAGE: 'https://status.novacron.io',
      ETA: 'at the latest 2026-03-15 11:00:00 UTC',
    });
    expect(placeholderTexts(notice(0), audience('technical'), estate).SERVICES).toContain('message queue');
  });

  it('of an update and of the end', () => {
    expect(placeholderTexts(notice(1), audience('executives'), estate)).toMatchObject({
      UPDATE_NUMBER: '1',
      CURRENT_STATUS: 'service restored on secondary',
      PROGRESS_PERCENTAGE: '50',
      COMPLETED_TASKS: 'Fence the old primary; Promote the standby',
      CURRENT_TASKS: 'preparing the return to the primary site',
      NEXT_UPDATE_TIME: '2026-03-15 11:00:44 UTC',
    });
    expect(placeholderTexts(notice(1), audience('customers'), estate).COMPLETED_TASKS).toBe(
      'the service was moved to the secondary site and checked from outside',
    );
    expect(placeholderTexts(notice(2), audience('executives'), estate)).toMatchObject({
      RESOLUTION_TIME: '2026-03-15 10:01:44 UTC',
      TOTAL_DOWNTIME: '44 seconds',
    });
  });
});
