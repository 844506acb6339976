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
});
