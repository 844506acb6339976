import { activeWindows, isMuted, type MaintenanceWindow, withWindow } from './maintenance.js';

const now = Date.parse('2026-01-01T12:00:00Z');
const window = (fields: Partial<MaintenanceWindow>): MaintenanceWindow => ({
  site: 'a',
  since: '2026-01-01T11:00:00Z',
  until: '2026-01-01T13:00:00Z',
  reason: 'new disks',
  owner: 'infra-lead',
  ...fields,
});

describe('announced work', () => {
  it.each([
    [window({}), 'a', 'api', true],
    [window({}), 'b', 'api', false],
    [window({ check: 'api' }), 'a', 'api', true],
    [window({ check: 'api' }), 'a', 'worker', false],
    [window({ until: '2026-01-01T12:00:00Z' }), 'a', 'api', false],
  ])('%j mutes %s/%s: %s', (one, site, check, expected) => {
    expect(isMuted(activeWindows([one], now), site, check)).toBe(expected);
  });

  it('replaces what was announced for the same thing, and drops what is over', () => {
    const old = window({ site: 'b', until: '2026-01-01T11:30:00Z' });
    const site = window({ reason: 'old' });
    const check = window({ check: 'api' });

    expect(withWindow([old, site, check], window({ reason: 'new' }), now)).toEqual([check, window({ reason: 'new' })]);
    expect(withWindow([site, check], window({ until: new Date(now).toISOString() }), now)).toEqual([check]);
  });
});
