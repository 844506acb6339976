import { Permit, uptimeMs } from './permit.js';

describe('a permit to take writes', () => {
  it('lasts from the moment it was asked for, and is over by itself', () => {
    let now = 100;
    const permit = new Permit(50, 160, () => now);
    now = 159;
    expect(permit.isOver).toBe(false);
    now = 160;
    expect(permit.isOver).toBe(true);
    permit.extend(120);
    expect([permit.endsAtMs, permit.isOver]).toEqual([170, false]);
    permit.extend(90);
    expect(permit.endsAtMs).toBe(170);
    permit.end();
    expect(permit.isOver).toBe(true);
    permit.extend(160);
    expect(permit.isOver).toBe(false);
  });

  it('is counted by a clock that goes on', async () => {
    const before = uptimeMs();
    expect(before).toBeGreaterThan(0);
    while (uptimeMs() === before) await new Promise((resolve) => setImmediate(resolve));
    expect(uptimeMs()).toBeGreaterThan(before);
  });
});
