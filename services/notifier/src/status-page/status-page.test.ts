import type { Estate } from '@novacron/contracts';
import { applyEvent } from '../domain/apply-event.js';
import { emptyBook, type IncidentBook, type SiteCondition } from '../domain/incident-book.js';
import { testEstate } from '../testing/test-estate.js';
import { asEvents, wholeDisaster } from '../testing/test-history.js';
import { conditionsIn, mergedConditions } from './health-conditions.js';
import { statusHtml } from './status-html.js';
import { statusJson, summaryJson } from './status-json.js';
import { statusSnapshot, type StatusSnapshot } from './status-snapshot.js';

const now = new Date('2026-03-15T10:10:00Z');
let estate: Estate;

beforeAll(async () => {
  estate = await testEstate();
});

function bookAfter(count: number): IncidentBook {
  return asEvents(wholeDisaster)
    .slice(0, count)
    .reduce((book, event) => applyEvent(book, event, estate).book, emptyBook(estate));
}

function snapshotAfter(count: number, conditions: readonly (readonly [string, SiteCondition])[] = []): StatusSnapshot {
  const book = bookAfter(count);
  return statusSnapshot(book, estate, mergedConditions(book.sites, new Map(conditions)), now);
}

describe('the status', () => {
  it.each([
    ['nothing heard yet', 0, [], 'unknown'],
    ['all well', 0, [['primary', 'operational']], 'operational'],
    [
      'only a standby in trouble',
      0,
      [
        ['primary', 'operational'],
        ['secondary', 'lost'],
      ],
      'operational',
    ],
    ['slow', 0, [['primary', 'degraded']], 'degraded'],
    ['lost', 1, [], 'outage'],
    ['lost, whatever a late report says', 2, [['primary', 'operational']], 'outage'],
    ['moved and checked', 5, [], 'operational'],
    ['moved, and the new site in trouble', 5, [['secondary', 'degraded']], 'degraded'],
    ['home again', 11, [['primary', 'operational']], 'operational'],
  ] as const)('%s', (_name, count, conditions, overall) =>
    expect(snapshotAfter(count, conditions).overall).toBe(overall),
  );

  it('shows public services by tier, and where they run', () => {
    const snapshot = snapshotAfter(5);
    expect(
      snapshot.groups.map((group) => `${group.name}: ${group.components.map((one) => one.name).join(' ')}`),
    ).toEqual(['critical: payment_processing user_authentication', 'essential: api_gateway', 'standard: reporting']);
    expect(snapshot.sentence).toBe('All services work, for the time being from the secondary site.');
  });

  it('has the shape that Statuspage made common', () => {
    expect(statusJson(snapshotAfter(2))).toMatchObject({
      page: { name: 'NovaCron status', time_zone: 'Etc/UTC', updated_at: now.toISOString() },
      status: { indicator: 'critical' },
    });
    const summary = summaryJson(snapshotAfter(5));
    expect(summary).toMatchObject({
      status: { indicator: 'none' },
      incidents: [{ status: 'monitoring', resolved_at: null }],
    });
    expect(summaryJson(snapshotAfter(11))['incidents']).toEqual([]);
  });

  it('reads the health report, and takes what it cannot read for unknown', () => {
    const found = conditionsIn({
      sites: { primary: { state: 'ok' }, dr: { state: 'lost' }, odd: 'x', secondary: { state: 'new' } },
    });
    expect([...found]).toEqual([
      ['primary', 'operational'],
      ['dr', 'lost'],
      ['odd', 'unknown'],
      ['secondary', 'unknown'],
    ]);
    expect([...conditionsIn({})]).toEqual([]);
  });
});

describe('the page', () => {
  it('says all of it without scripts, in less than 30 kB', () => {
    const page = statusHtml(snapshotAfter(8, [['secondary', 'operational']]));
    const readable = page.replace(/<script>[\s\S]*<\/script>/u, '');
    for (const words of [
      'Payment processing'.toLowerCase(),
      'We are moving the service to the secondary site.',
      '2026-03-15 10:10:00 UTC',
    ]) {
      expect(readable).toContain(words);
    }
    expect(Buffer.byteLength(page)).toBeLessThan(30_000);
    expect(page).not.toMatch(/https?:\/\/(?!www\.w3\.org)/u);
  });

  it('takes no text for markup', () => {
    const snapshot = snapshotAfter(2);
    const hostile = '<script>alert(1)</script>"\'';
    const [incident] = snapshot.open;
    if (incident === undefined) throw new Error('no incident');
    const page = statusHtml({
      ...snapshot,
      title: hostile,
      sentence: hostile,
      groups: [{ name: hostile, components: [{ name: hostile, description: hostile, state: 'unknown' }] }],
      open: [
        { ...incident, site: hostile, timeline: [{ at: incident.since, phase: 'investigating', words: hostile }] },
      ],
    });
    expect(page).not.toContain('<script>alert');
    expect(page).toContain('&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;');
  });
});
