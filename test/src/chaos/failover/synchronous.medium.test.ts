import { caseTimeoutMs, EstateForCases } from './estate-for-cases.js';
import { casesByGroup, faultCases, runFaultCase } from './fault-case.js';
import { frozenStandby, plainFaults } from './faults.js';
import { steps } from './journal-trap.js';
import { runReturn } from './return-case.js';
import { oneOf, seed } from './seed.js';
import { described, waysOfReturn } from './ways-of-return.js';

const whole = process.env['DR_CHAOS'] === 'whole';
// Two sites have to be brought back after a frozen standby, which takes three times as long.
const cases = [...faultCases(plainFaults, seed), ...casesByGroup(frozenStandby, seed)];
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
        expect(planned.filter((step) => !steps.includes(step))).toEqual([]);
      }),
    caseTimeoutMs,
  );

  it.each(whole ? cases : oneOf(cases, seed))(
    '$fault.name, the service killed at $point.record of $point.step: nothing is lost, one writer an epoch',
    ({ fault, point }) =>
      estates.run((estate) =>
        runFaultCase(estate, { fault, point }, ({ completed, missing, orphanedBytes: _unacknowledged, ...found }) => {
          // Who takes over for a standby that says nothing tells what it may lack.
          if (plainFaults.includes(fault)) expect(completed).toMatchObject({ lostRows: 0, lostBytes: 0 });
          expect(missing.length).toBeLessThanOrEqual(Number(completed['lostRows']));
          expect(found).toEqual({ primary: completed['toSite'], kills: 1, splitEpochs: [], late: [] });
        }),
      ),
    caseTimeoutMs,
  );

  it.each(whole ? returns : oneOf(returns, seed))(
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
