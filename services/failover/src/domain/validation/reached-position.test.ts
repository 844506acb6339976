import { reachedPosition } from './reached-position.js';

describe('reachedPosition', () => {
  it.each([
    ['the same position', '0/5000060', { position: '0/5000060', replayed: '0/5000060' }, 0],
    ['a position that had been left behind', '0/5000060', { position: '0/5000000', replayed: '0/4FFFFF0' }, 0],
    ['a record that came only in part', '0/5000060', { position: '0/5002000', replayed: '0/5000060' }, 0x1fa0],
    ['no word of what was replayed', '0/5000060', { position: '0/5000060' }, 0],
  ])('finds nothing wrong with %s', (_what, switchLsn, chosenAt, unfinishedBytes) => {
    expect(reachedPosition(switchLsn, chosenAt)).toEqual({ switchLsn, chosenAt, unfinishedBytes });
  });

  it('sees that less is there than had been replayed', () => {
    const { problem } = reachedPosition('0/5000060', { position: '0/5000100', replayed: '0/5000100' });
    expect(problem).toBe('begins its timeline at 0/5000060, before 0/5000100, which it had replayed');
  });

  it('sees that more is missing than the part of a record', () => {
    const { problem } = reachedPosition('0/5000060', { position: '0/6000060' });
    expect(problem).toContain('16777216 bytes before 0/6000060');
  });
});
