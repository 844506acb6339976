import {
  type Estate,
  HealthDegraded,
  HealthRecovered,
  type Message,
  SiteLost,
  VantageLost,
  FailoverApprovalRequested,
} from '@novacron/contracts';
import { testEstate } from '../../testing/test-estate.js';
import { ToldByTheClock } from '../../testing/told-by-the-clock.js';
import { dutyTemplate } from './dispatch.js';

const startMs = Date.parse('2026-03-15T10:00:00.000Z');
const minute = 60_000;
let estate: Estate;

beforeAll(async () => {
  estate = await testEstate();
});

const about = (site: string, episode: number) => ({
  site,
  episode,
  since: new Date(startMs).toISOString(),
  reason: 'slow',
  evidence: [],
});
const degraded = (site: string, episode = 1): Message =>
  new HealthDegraded({ ...about(site, episode), checks: ['redis'] });
const recovered = (site: string, episode = 1): Message =>
  new HealthRecovered({ ...about(site, episode), durationMs: 1 });
const lost = (site: string, episode = 1): Message =>
  new SiteLost({
    ...about(site, episode),
    failedChecks: ['postgres'],
    vantagesAgreeing: 3,
    vantagesSeeing: 3,
    confidence: 0.95,
  });
const blind = (vantage: string): Message =>
  new VantageLost({ vantage, reason: 'it sees nothing', since: new Date(startMs).toISOString() });

/** The most that one audience was told in any quarter of an hour. */
function mostInAQuarter(told: ToldByTheClock, audience: string): number {
  const times = told.dispatches.filter((one) => one.audience.name === audience).map(({ at }) => Date.parse(at));
  return Math.max(0, ...times.map((from) => times.filter((at) => at >= from && at < from + 15 * minute).length));
}

test('ten thousand signs of trouble at once are one message to each audience of ours, and one when it is over', () => {
  const told = new ToldByTheClock(estate, startMs);
  for (let sign = 0; sign < 10_000; sign += 1) told.say(degraded(`site-${sign % 200}`, sign), `episode-${sign}`);
  told.moveTo(startMs + 29_000);
  expect(told.dispatches).toEqual([]);
  told.moveTo(startMs + minute);
  expect(told.dispatches.map(({ audience, template }) => `${audience.name} ${template}`)).toEqual([
    'executives initial',
    'technical initial',
    'customer-success initial',
  ]);
  for (let site = 0; site < 200; site += 1) told.say(recovered(`site-${site}`), `over-${site}`);
  told.moveTo(startMs + 4 * minute);
  expect(told.dispatches.slice(3).map(({ template }) => template)).toEqual(['resolution', 'resolution', 'resolution']);
});

test('trouble that comes and goes for hours stays within its bound for each audience', () => {
  const told = new ToldByTheClock(estate, startMs);
  for (let round = 0; round < 120; round += 1) {
    for (let site = 0; site < 10; site += 1) told.say(degraded(`site-${site}`, round), `episode-${round}-${site}`);
    told.moveTo(told.nowMs + 31_000);
    for (let site = 0; site < 10; site += 1) told.say(recovered(`site-${site}`, round), `over-${round}-${site}`);
    // Longer than a calm must last, so that each round is an incident of its own.
    told.moveTo(told.nowMs + 121_000);
  }
  for (const name of ['executives', 'technical', 'customer-success'])
    expect(mostInAQuarter(told, name)).toBeLessThanOrEqual(21);
});

test('a standby that was lost and is back before it was gathered is told to nobody', () => {
  const told = new ToldByTheClock(estate, startMs);
  told.say(lost('dr'), 'incident-dr-1');
  told.moveTo(startMs + 17_000);
  told.say(recovered('dr'), 'incident-dr-1');
  told.moveTo(startMs + 60 * minute);
  expect(told.dispatches).toEqual([]);
});

test('calls for a duty are bounded too, but not those that something waits for', () => {
  const told = new ToldByTheClock(estate, startMs);
  for (let call = 0; call < 1_000; call += 1) told.say(blind(`vantage-${call}`), `vantage-${call}`);
  for (let call = 0; call < 30; call += 1) {
    const expiresAt = new Date(startMs + 60 * minute).toISOString();
    told.say(
      new FailoverApprovalRequested({
        operationId: `failover-${call}`,
        reason: 'by hand',
        expiresAt,
        approvalsNeeded: 1,
      }),
      `failover-${call}`,
    );
  }
  const calls = told.dispatches.filter(({ template }) => template === dutyTemplate);
  expect(calls.filter(({ status }) => status.startsWith('Vantage'))).toHaveLength(20);
  expect(calls.filter(({ status }) => status.includes('approval'))).toHaveLength(30);
  told.moveTo(startMs + 16 * minute);
  expect(told.dispatches.at(-1)?.words?.subject).toBe('980 further messages were held back');
});

test('no flood of lesser things drowns the news that the service is out', () => {
  const told = new ToldByTheClock(estate, startMs);
  for (let call = 0; call < 100; call += 1) told.say(blind(`vantage-${call}`), `vantage-${call}`);
  for (let round = 0; round < 40; round += 1) {
    told.say(lost('dr', round), `dr-${round}`);
    told.moveTo(told.nowMs + 31_000);
    told.say(recovered('dr', round), `dr-${round}`);
  }
  const before = told.dispatches.length;
  told.say(lost('primary'), 'incident-primary-1');
  expect(told.dispatches.slice(before).map(({ audience, template }) => `${audience.name} ${template}`)).toEqual([
    'executives initial',
    'technical initial',
    'customer-success initial',
    'customers initial',
  ]);
});
