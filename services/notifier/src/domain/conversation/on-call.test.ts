import { onCallAt, peopleAt } from './on-call.js';

const hour = 3_600_000;
const startMs = Date.parse('2026-03-02T09:00:00.000Z');
const rotation = {
  name: 'infrastructure',
  contacts: ['a', 'b', 'c'],
  startMs,
  shiftMs: 24 * hour,
  overrides: [{ contact: 'z', fromMs: startMs + 30 * hour, untilMs: startMs + 31 * hour }],
};

describe('who is on call', () => {
  it.each([
    [-1, undefined],
    [0, 'a'],
    [24 * hour - 1, 'a'],
    [24 * hour, 'b'],
    [30 * hour, 'z'],
    [31 * hour, 'b'],
    [72 * hour, 'a'],
    [100 * 24 * hour, 'b'],
  ])('%d ms after the first shift began: %s', (afterMs, who) =>
    expect(onCallAt(rotation, startMs + afterMs)).toBe(who),
  );

  it('is told beside the contacts, once', () => {
    const who = { contacts: ['b', 'x'], onCall: ['infrastructure'] };
    expect(peopleAt(who, [rotation], startMs)).toEqual(['b', 'x', 'a']);
    expect(peopleAt(who, [rotation], startMs + 24 * hour)).toEqual(['b', 'x']);
  });
});
