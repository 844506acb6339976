import { caseTimeoutMs, EstateForCases } from './estate-for-cases.js';
import { fewFaultCases, runFaultCase } from './fault-case.js';
import { faults } from './faults.js';
import { runReturn } from './return-case.js';
import { seed, whole } from './seed.js';
import { described, waysOfReturn } from './ways-of-return.js';

// The short form has no time for an estate of its own.
(whole ? describe : describe.skip)(`a failover in chaos, replication asynchronous, seed ${seed}`, () => {
  const estates = new EstateForCases('asynchronous');

  beforeEach(() => estates.open(), caseTimeoutMs);
  afterAll(() => estates.close(), caseTimeoutMs);

  it.each(fewFaultCases(faults, seed))(
    '$fault.name, the service killed at $point.record of $point.step: no more is lost than reported, one writer an epoch',
    ({ fault, point }) =>
      estates.run((estate) =>
        runFaultCase(estate, { fault, point }, ({ completed, missing, orphanedBytes = 0, report, ...found }) => {
          expect(orphanedBytes).toBeLessThanOrEqual(Number(completed['lostBytes']));
          expect(missing.length).toBeLessThanOrEqual(Number(completed['lostRows']));
          const { lostRows: rows, lostBytes: bytes, lossMs: ms } = completed;
          expect(report).toMatchObject({ outcome: 'completed', rpo: { measured: { rows, bytes, ms } } });
          expect(found).toEqual({ primary: completed['toSite'], kills: 1, splitEpochs: [], late: [] });
        }),
      ),
    caseTimeoutMs,
  );

  it.each(waysOfReturn.map((way) => ({ way, title: described(way) })))(
    'the old primary comes back, $title: what it takes is refused soon, and reported as orphans',
    ({ way }) =>
      estates.run((estate) =>
        runReturn(estate, way, ({ completed, old, primary, missing, splitEpochs, late, orphans, told }) => {
          expect({ primary, splitEpochs }).toEqual({ primary: completed['toSite'], splitEpochs: [] });
          expect(late.filter(({ site }) => site !== old)).toEqual([]);
          const enough = orphans.observed >= late.length && orphans.customers >= missing.length;
          expect({ ...orphans, late: late.length, missing: missing.length, enough }).toMatchObject({ enough: true });
          if (late.length > 0) expect(told.length).toBeGreaterThan(0);
        }),
      ),
    caseTimeoutMs,
  );
});
