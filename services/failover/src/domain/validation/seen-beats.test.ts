import { seenBeats } from './seen-beats.js';

describe('seenBeats', () => {
  it('is content with as many or more, and where nothing was ever seen', () => {
    expect(seenBeats(7, 7, true)).toEqual({ lastSeen: 7, found: 7, missing: 0 });
    expect(seenBeats(7, 9, true)).toEqual({ lastSeen: 7, found: 9, missing: 0 });
    expect(seenBeats(undefined, undefined, true)).toEqual({ missing: 0 });
  });

  it('misses beats where commits waited for the standby, and counts them elsewhere', () => {
    expect(seenBeats(9, 7, true).problem).toBe(
      'lacks 2 heartbeats that were seen committed: the last one was 9, it has 7',
    );
    expect(seenBeats(9, undefined, true)).toMatchObject({ missing: 9, problem: expect.any(String) });
    expect(seenBeats(9, 7, false)).toEqual({ lastSeen: 9, found: 7, missing: 2 });
  });
});
