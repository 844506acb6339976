import type { Estate } from '@novacron/contracts';
import { applyEvent } from '../../domain/apply-event.js';
import { emptyBook, type IncidentBook } from '../../domain/incident-book.js';
import { asEvents, wholeDisaster } from '../../testing/test-history.js';
import { testEstate } from '../../testing/test-estate.js';
import { publicIncident, type PublicView, type ToldMessage } from './incidents-from-book.js';
import { mergedIncident } from './merge-incident.js';
import { publicGroups } from './public-groups.js';
import { publicText } from './public-text.js';
import type { PublicIncident } from './status-facts.js';

let estate: Estate;

beforeAll(async () => {
  estate = await testEstate();
});

function bookAfter(count: number): IncidentBook {
  return asEvents(wholeDisaster.slice(0, count)).reduce(
    (book, event) => applyEvent(book, event, estate).book,
    emptyBook(estate),
  );
}

function message(change: Partial<ToldMessage>): ToldMessage {
  const causedAt = '2026-03-15T10:00:04.000Z';
  return {
    audience: 'customers',
    template: 'initial',
    subject: 'Disruption',
    text: 'We know of it.',
    causedAt,
    byHand: false,
    drill: false,
    ...change,
  };
}

function view(): PublicView {
  return { estate, groups: publicGroups(estate), clean: publicText(estate), activeSite: 'primary', known: false };
}

function shown(count: number, told: readonly ToldMessage[] = []): PublicIncident {
  const [incident] = bookAfter(count).incidents;
  if (incident === undefined) throw new Error('no incident');
  const found = publicIncident(incident, told, view());
  if (found === undefined) throw new Error('not public');
  return found;
}

describe('an incident as the public sees it', () => {
  it('has the words that customers were sent, and the lines between', () => {
    const found = shown(5, [
      message({}),
      message({ audience: 'technical', subject: 'For engineers' }),
      message({ causedAt: '2026-03-15T10:00:44.000Z', subject: 'Update 1', text: 'It runs again.' }),
    ]);
    expect(found.updates.map(({ status, subject, text }) => [status, subject ?? text])).toEqual([
      ['investigating', 'Disruption'],
      ['identified', 'We are moving the service to the secondary site.'],
      ['monitoring', 'Update 1'],
    ]);
    expect(found).toMatchObject({ status: 'monitoring', impact: 'outage', nextUpdateBy: '2026-03-15T10:30:44.000Z' });
    expect(JSON.stringify(found)).not.toContain('engineers');
  });

  it('adds an update that no event caused', () => {
    const found = shown(2, [message({ causedAt: '2026-03-15T10:30:00.000Z', subject: 'Still at work' })]);
    expect(found.updates.at(-1)).toMatchObject({ subject: 'Still at work', status: 'identified' });
  });

  it('is not there for an exercise, a lost standby, or trouble where the service does not run', () => {
    const [incident] = bookAfter(2).incidents;
    if (incident === undefined) throw new Error('no incident');
    for (const change of [{ drill: true }, { kind: 'redundancy' }, { kind: 'degradation', site: 'dr' }] as const)
      expect(publicIncident({ ...incident, ...change }, [], view())).toBeUndefined();
    const slow = publicIncident({ ...incident, kind: 'degradation' }, [], view());
    expect(slow).toMatchObject({ impact: 'degraded' });
  });

  it('does not say what waits for approval, nor the same news to a second audience', () => {
    const found = shown(5, [
      message({ causedAt: '2026-03-15T10:00:44.000Z', text: 'not yet', heldFor: 'a' }),
      message({}),
      message({ audience: 'later', causedAt: '2026-03-15T10:15:00.000Z' }),
    ]);
    expect(found.updates).toHaveLength(3);
    expect(JSON.stringify(found)).not.toContain('not yet');
  });

  it('promises nothing once it is over', () => {
    const found = shown(11, [message({})]);
    expect(found).toMatchObject({ status: 'resolved', resolvedAt: '2026-03-15T10:01:44.000Z' });
    expect(found.nextUpdateBy).toBeUndefined();
  });

  it('shows the public services by tier, or the groups of the estate', () => {
    expect(publicGroups(estate).flatMap(({ components }) => components.map(({ id }) => id))).toEqual([
      'payment_processing',
      'user_authentication',
      'api_gateway',
      'reporting',
    ]);
  });
});

describe('what is remembered', () => {
  it('is never taken back or rewritten, and grows', () => {
    const first = shown(2, [message({})]);
    const forgotten = {
      ...shown(5),
      updates: shown(5)
        .updates.slice(1)
        .map((update) => ({ ...update, text: 'rewritten' })),
    };
    const merged = mergedIncident(first, forgotten);
    expect(merged.updates.map(({ subject, text }) => subject ?? text)).toEqual([
      'Disruption',
      'We are moving the service to the secondary site.',
      'rewritten',
    ]);
    expect(merged.status).toBe('monitoring');
    expect(mergedIncident(merged, forgotten)).toBe(merged);
  });

  it('takes the words that customers were sent once there are some', () => {
    const merged = mergedIncident(shown(1), shown(1, [message({})]));
    expect(merged.updates).toEqual([expect.objectContaining({ subject: 'Disruption' })]);
  });

  it('stays over', () => expect(mergedIncident(shown(11), shown(5)).status).toBe('resolved'));
});

describe('text for the public', () => {
  it.each([
    ['ask jane.doe@novacron.io', 'ask [removed]'],
    ['at 10.1.2.3:5432 or fe80:0:0:1::1', 'at [removed] or [removed]'],
    ['call John Smith, +1-555-0100', 'call [removed], [removed]'],
    ['the primary site at 10:22:05 UTC', 'the primary site at 10:22:05 UTC'],
    ['one\r\ntwo\u0000\u202Ethree', 'one\ntwothree'],
    ['2026-03-15 10:10:00 UTC, 50 % done', '2026-03-15 10:10:00 UTC, 50 % done'],
  ])('%j', (text, expected) => expect(publicText(estate)(text)).toBe(expected));

  it('names no host of the estate', () => {
    const named = {
      communication: estate.communication,
      contacts: estate.contacts,
      databases: [{ members: [{ site: 'primary', host: 'db1.internal.example' }] }],
    } as unknown as Estate;
    expect(publicText(named)('lost DB1.internal.example again')).toBe('lost [removed] again');
  });
});
