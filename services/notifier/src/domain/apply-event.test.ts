import {
  type Estate,
  FailoverDecided,
  FailoverFailed,
  FailoverRolledBack,
  HealthDegraded,
  HealthRecovered,
  NotificationTimerFired,
  RestorationFailed,
} from '@novacron/contracts';
import {
  asEvents,
  type Fact,
  failoverCompleted,
  failoverDecided,
  failoverId,
  healthRecovered,
  incident,
  restorationId,
  restorationPlanned,
  siteLost,
  wholeDisaster,
} from '../testing/test-history.js';
import { testEstate } from '../testing/test-estate.js';
import { applyEvent, tellingEvents } from './apply-event.js';
import { emptyBook, type IncidentBook, type Notice } from './incident-book.js';

let estate: Estate;

beforeAll(async () => {
  estate = await testEstate();
});

function fold(facts: readonly Fact[]): { book: IncidentBook; notices: Notice[] } {
  let book = emptyBook(estate);
  const notices: Notice[] = [];
  for (const event of asEvents(facts)) {
    const folded = applyEvent(book, event, estate);
    book = folded.book;
    if (folded.notice !== undefined) notices.push(folded.notice);
  }
  return { book, notices };
}

const degraded = (site: string): HealthDegraded =>
  new HealthDegraded({
    site,
    episode: 1,
    since: '2026-03-15T10:00:00.000Z',
    reason: 'slow',
    evidence: [],
    checks: ['redis'],
  });

const recovered = (site: string): HealthRecovered => new HealthRecovered(Object.assign({}, healthRecovered, { site }));

const told = (data: Fact['data'], correlationId = incident): Fact => ({ data, correlationId });
const names = (notices: readonly Notice[]): string[] => notices.map((one) => `${one.template}-${one.number}`);

describe('the book of incidents', () => {
  it('makes of a whole disaster one incident with a beginning, an update and an end', () => {
    const { book, notices } = fold(wholeDisaster);

    expect(names(notices)).toEqual(['initial-1', 'progress-1', 'resolution-1']);
    expect(book.incidents).toHaveLength(1);
    expect(book.incidents[0]).toMatchObject({
      id: incident,
      kind: 'outage',
      phase: 'resolved',
      restoredAt: '2026-03-15T10:00:44.000Z',
      resolvedAt: '2026-03-15T10:01:44.000Z',
      percentage: 100,
    });
    expect(book.activeSite).toBe('primary');
    expect(notices[1]?.status).toBe('service restored on secondary');
  });

  it('says nothing twice when events come again', () => {
    const twice = wholeDisaster.slice(0, 5).flatMap((fact) => [fact, fact]);
    expect(names(fold(twice).notices)).toEqual(['initial-1', 'progress-1']);
  });

  it('joins events of another correlation by their site', () => {
    const { book, notices } = fold([
      told(failoverDecided, 'HealthDegraded_primary_1'),
      told(siteLost),
      told(siteLost, 'other'),
    ]);
    expect(names(notices)).toEqual(['initial-1']);
    expect(book.incidents.map((one) => one.id)).toEqual(['HealthDegraded_primary_1']);
  });

  it('does not call a lost standby an outage', () => {
    const { notices } = fold([
      told(Object.assign(Object.create(Object.getPrototypeOf(siteLost)) as typeof siteLost, siteLost, { site: 'dr' })),
    ]);
    expect(notices[0]?.incident).toMatchObject({ kind: 'redundancy', services: [] });
  });

  it('ends when the site comes back before anything was moved', () => {
    expect(names(fold([told(siteLost), told(healthRecovered)]).notices)).toEqual(['initial-1', 'resolution-1']);
  });

  it('does not end when the old site comes back after the service was moved', () => {
    const facts = [siteLost, failoverDecided, failoverCompleted('primary', 'secondary', 'unplanned'), healthRecovered];
    const { book, notices } = fold(facts.map((data) => told(data)));
    expect(names(notices)).toEqual(['initial-1', 'progress-1']);
    expect(book.incidents[0]).toMatchObject({ phase: 'running-elsewhere', siteWorks: true });
  });

  it.each([
    ['a decision not to act', new FailoverDecided(Object.assign({}, failoverDecided, { shouldFailover: false }))],
    ['a planned switchover', failoverCompleted('primary', 'secondary', 'planned')],
    ['a restoration without an incident', restorationPlanned],
  ])('tells nobody of %s', (_name, data) => {
    const { book, notices } = fold([told(data)]);
    expect(notices).toEqual([]);
    expect(book.incidents).toEqual([]);
  });

  it('makes one incident of all that degrades, wherever, and ends it when a calm has lasted', () => {
    const facts = [
      degraded('primary'),
      degraded('primary'),
      degraded('dr'),
      recovered('dr'),
      recovered('primary'),
      degraded('dr'),
      recovered('dr'),
    ].map((data) => told(data));
    const { book, notices } = fold(facts);
    expect(names(notices)).toEqual(['initial-1']);
    expect(book.incidents).toHaveLength(1);
    const [trouble] = book.incidents;
    expect(trouble).toMatchObject({ kind: 'degradation', troubledSites: [], calmSince: '2026-03-15T10:01:04.000Z' });

    const timer = (key: string) =>
      new NotificationTimerFired({
        incident: trouble?.id ?? '',
        audience: 'all',
        kind: 'settle',
        key,
        dueAt: '2026-03-15T10:03:04.000Z',
        firedAt: '2026-03-15T10:03:04.010Z',
      });
    expect(names(fold([...facts, told(timer('2026-03-15T10:00:44.000Z'))]).notices)).toEqual(['initial-1']);
    const settled = fold([...facts, told(timer('2026-03-15T10:01:04.000Z'))]);
    expect(names(settled.notices)).toEqual(['initial-1', 'resolution-1']);
  });

  it('says nothing of what degrades while a site is lost', () => {
    expect(names(fold([siteLost, degraded('primary'), degraded('dr')].map((data) => told(data))).notices)).toEqual([
      'initial-1',
    ]);
  });

  it('tells a loss as an incident of its own, also where it began as a degradation', () => {
    const { book, notices } = fold([degraded('primary'), siteLost].map((data) => told(data)));
    expect(notices.map(({ incident }) => incident.kind)).toEqual(['degradation', 'outage']);
    expect(book.incidents.map(({ id }) => id)).toEqual(['degradation-1', incident]);
    expect(book.incidents[0]).toMatchObject({ troubledSites: [], calmSince: '2026-03-15T10:00:14.000Z' });
  });

  it('tells of a move that stopped, and resolves one that was undone once the site works', () => {
    const failed = new FailoverFailed({ operationId: failoverId, step: 'promote', reason: 'no', needs: [] });
    expect(names(fold([siteLost, failoverDecided, failed].map((data) => told(data))).notices)).toEqual([
      'initial-1',
      'progress-1',
    ]);

    const undone = new FailoverRolledBack({ operationId: failoverId, reason: 'no', undoneSteps: [] });
    const facts = [siteLost, failoverDecided, healthRecovered, undone].map((data) => told(data));
    expect(names(fold(facts).notices)).toEqual(['initial-1', 'resolution-1']);
  });

  it('tells of a return that stopped, and of a move home by hand', () => {
    const moved = [siteLost, failoverDecided, failoverCompleted('primary', 'secondary', 'unplanned')].map((data) =>
      told(data),
    );
    const stopped = new RestorationFailed({ operationId: restorationId, step: 'synchronize', reason: 'no', needs: [] });
    const facts = [...moved, told(restorationPlanned, restorationId), told(stopped, restorationId)];
    expect(names(fold(facts).notices)).toEqual(['initial-1', 'progress-1', 'progress-2']);
    expect(
      names(fold([...facts, told(failoverCompleted('secondary', 'primary', 'planned'), 'x')]).notices).at(-1),
    ).toBe('resolution-1');
  });

  it('opens a second incident after the first is over', () => {
    const again = Object.assign(Object.create(Object.getPrototypeOf(siteLost)) as typeof siteLost, siteLost, {
      episode: 2,
    });
    const { book } = fold([...wholeDisaster, told(again, 'SiteLost_primary_2')]);
    expect(book.incidents.map((one) => `${one.id} ${one.phase}`)).toEqual([
      'SiteLost_primary_1 resolved',
      'SiteLost_primary_2 investigating',
    ]);
  });

  it('knows the events that people are told of, and its timers', () => expect(tellingEvents).toHaveLength(13));
});
