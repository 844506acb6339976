import { judgeStart } from './start-guard.js';

describe('judgeStart', () => {
  it.each([
    ['its own epoch', 'primary', false, true],
    ['before the first epoch', 'none', false, true],
    ["another site's epoch", 'secondary', false, false],
    ["another site's epoch, as a standby", 'secondary', true, true],
    ['the bus away', 'unreachable', false, false],
    ['the bus away, as a standby', 'unreachable', true, true],
  ] as const)('%s', (_title, epochSite, standby, allowed) => {
    expect(judgeStart({ site: 'primary', epochSite, standby }).allowed).toBe(allowed);
  });

  it.each([
    [undefined, 'none', false, true],
    [3, 'none', false, false],
    ['unknown', 'none', false, false],
    [3, 'none', true, true],
    [3, 'primary', false, true],
  ] as const)('the data remember epoch %s, the bus says %s, a standby: %s', (held, epochSite, standby, allowed) => {
    const heldEpoch = held === undefined ? {} : { heldEpoch: held };
    expect(judgeStart({ site: 'primary', epochSite, standby, ...heldEpoch }).allowed).toBe(allowed);
  });

  it.each([
    ['primary', false, false],
    ['primary', true, true],
    ['secondary', false, false],
  ] as const)('its write lease is revoked, the epoch names %s, a standby: %s', (epochSite, standby, allowed) => {
    const verdict = judgeStart({ site: 'primary', epochSite, standby, revokedBy: 'failover-7' });
    expect(verdict.allowed).toBe(allowed);
    if (!allowed && epochSite === 'primary') expect(verdict.reason).toMatch(/failover-7 has revoked its write lease/u);
  });
});
