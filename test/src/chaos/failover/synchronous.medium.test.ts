import { caseTimeoutMs, EstateForCases } from './estate-for-cases.js';
import { casesByGroup, faultCases, runFaultCase } from './fault-case.js';
import { frozenStandby, plainFaults } from './faults.js';
import { steps } from './journal-trap.js';
import { runReturn } from './return-case.js';
import { oneOf, seed, whole } from './seed.js';
import { described, waysOfReturn } from './ways-of-return.js';

// Two sites have to be brought back after a frozen standby, which takes three times as long.
const cases = [...faultCases(plainFaults, seed), ...casesByGroup(frozenStandby, seed)];
// The short form has a minute: a fault on one day, a return on the next.
const takesFaults = whole || seed % 2 === 0;
const takesReturns = whole || !takesFaults;
const returns = waysOfReturn.map((way) => ({ way, title: described(way) }));

describe(`a failover in chaos, replication synchronous, seed ${seed}`, () => {
  const estates = new EstateForCases('synchronous');

  beforeEach(() => estates.open(), caseTimeoutMs);
  afterAll(() => estates.close(), caseTimeoutMs);

  (whole ? it : it.skip)(
    'is killed at every step that a failover has',
    () =>
      estates.run(async (estate) => {
        const planned = await estate.plannedSteps();
        expect(planned.length).toBeGreaterThan(10);
        // The plan has lines for who is asked before, and for what is told after: nothing is done there.
        const asideOfSteps = ['approve', 'events'];
        expect(planned.filter((step) => ![...steps, ...asideOfSteps].includes(step))).toEqual([]);
      }),
    caseTimeoutMs,
  );

  (takesFaults ? it : it.skip).each(whole ? cases : oneOf(cases, seed))(
    '$fault.name, the service killed at $point.record of $point.step: nothing is lost, one writer an epoch',
    ({ fault, point }) =>
      estates.run((estate) =>
        runFaultCase(
          estate,
          { fault, point },
          ({ completed, missing, orphanedBytes: _unacknowledged, report, ...found }) => {
            // Who takes over for a standby that says nothing tells what it may lack.
            if (plainFaults.includes(fault)) expect(completed).toMatchObject({ lostRows: 0, lostBytes: 0 });
            expect(missing.length).toBeLessThanOrEqual(Number(completed['lostRows']));
            expect(found).toEqual({ primary: completed['toSite'], kills: 1, splitEpochs: [], late: [] });
            expect(report.outcome).toBe('completed');
            // Real health monitors have looked at the new site since; without a leader of the bus they may not be heard.
            const { well = [], unheard } = report.proof.byVantages;
            if (!fault.name.includes('bus leader')) expect(well.length).toBeGreaterThanOrEqual(2);
            if (fault.name.includes('lost vantage')) expect(unheard).toContain('beta');
          },
        ),
      ),
    caseTimeoutMs,
  );

  (takesReturns ? it : it.skip).each(whole ? returns : oneOf(returns, seed))(
    'the old primary comes back, $title: it takes no write',
    ({ way }) =>
      estates.run((estate) =>
        runReturn(estate, way, ({ completed, primary, missing, splitEpochs, late }) => {
          expect(completed).toMatchObject({ lostRows: 0, lostBytes: 0 });
          expect({ primary, missing, splitEpochs, late }).toEqual({
            ...{ primary: completed['toSite'], missing: [], splitEpochs: [], late: [] },
          });
        }),
      ),
    caseTimeoutMs,
  );
});
