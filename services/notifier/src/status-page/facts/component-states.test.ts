import { sampleNow } from '../testing/sample-status.js';
import { componentState, overallState, type StateEvidence } from './component-states.js';
import { confirmedConditions, conditionsIn } from './health-conditions.js';
import type { PublicComponent, PublicIncident } from './status-facts.js';

const payments: PublicComponent = { id: 'payments', title: 'Payments', services: ['cards', 'refunds'] };
const calm: StateEvidence = {
  activeSite: 'primary',
  conditions: new Map([['primary', 'operational']]),
  open: [],
  failing: [],
  maintenance: [],
  now: sampleNow,
};
const slow = { id: 'x', impact: 'degraded', components: ['payments'] } as unknown as PublicIncident;
const work = {
  id: 'w',
  title: '',
  text: '',
  components: ['payments'],
  from: '2026-03-15T10:00:00.000Z',
  until: '2026-03-15T11:00:00.000Z',
  cancelled: false,
  revision: 0,
  announcedAt: sampleNow,
  changedAt: sampleNow,
};

describe('how a component is', () => {
  it.each([
    ['confirmed well', {}, 'operational'],
    ['without a word from anybody', { conditions: new Map() }, 'unknown'],
    ['after a move that was probed', { conditions: new Map(), provedSite: 'primary' }, 'operational'],
    ['on a site that was lost', { conditions: new Map([['primary', 'lost']]) }, 'outage'],
    ['on a slow site', { conditions: new Map([['primary', 'degraded']]) }, 'degraded'],
    ['with every service failing, whatever a check says', { failing: ['cards', 'refunds'] }, 'outage'],
    ['with one service failing', { failing: ['cards'] }, 'partial-outage'],
    ['with an incident by hand', { open: [{ incident: slow, failing: [] }] }, 'degraded'],
    ['in announced work', { maintenance: [work] }, 'maintenance'],
    ['in announced work that was cancelled', { maintenance: [{ ...work, cancelled: true }] }, 'operational'],
    ['out, although work was announced', { maintenance: [work], failing: ['cards', 'refunds'] }, 'outage'],
  ] as const)('%s: %#', (_name, evidence, expected) =>
    expect(componentState(payments, { ...calm, ...evidence } as StateEvidence)).toBe(expected),
  );

  it('looks at the site a component is bound to', () => {
    const conditions = new Map([
      ['primary', 'operational'],
      ['dr', 'lost'],
    ] as const);
    expect(componentState({ ...payments, site: 'dr' }, { ...calm, conditions })).toBe('outage');
  });

  it.each([
    [['operational', 'operational'], 'operational'],
    [['operational', 'unknown'], 'unknown'],
    [['unknown', 'maintenance'], 'maintenance'],
    [['outage', 'operational'], 'partial-outage'],
    [['outage', 'outage'], 'outage'],
    [['degraded', 'maintenance'], 'degraded'],
    [[], 'unknown'],
  ] as const)('%j together are %s', (states, expected) => expect(overallState(states)).toBe(expected));
});

describe('what is confirmed', () => {
  it('is never green because an event once said so', () => {
    const events = new Map([
      ['a', 'operational'],
      ['b', 'lost'],
      ['c', 'degraded'],
    ] as const);
    expect([...confirmedConditions(events, new Map())]).toEqual([
      ['a', 'unknown'],
      ['b', 'lost'],
      ['c', 'degraded'],
    ]);
    expect([...confirmedConditions(events, new Map([['b', 'operational'] as const]))]).toContainEqual([
      'b',
      'operational',
    ]);
  });

  it('is read from the health report, and what cannot be read is unknown', () => {
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
