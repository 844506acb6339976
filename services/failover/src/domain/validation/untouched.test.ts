import { touched } from './untouched.js';

const ours = { epoch: 3, operationId: 'failover-1' };

describe('touched', () => {
  it('is sure only of a server that is closed, ours, and unwritten', () => {
    expect(touched({ closed: true, holder: ours, writesSinceEpoch: 0 }, ours)).toBeUndefined();
  });

  it.each([
    [{ closed: false, holder: ours, writesSinceEpoch: 0 }, 'is open to writes'],
    [{ closed: true }, 'holds no epoch'],
    [{ closed: true, holder: { epoch: 2, operationId: 'older' }, writesSinceEpoch: 0 }, 'holds epoch 2 of older'],
    [{ closed: true, holder: ours }, 'does not say what was written'],
    [{ closed: true, holder: ours, writesSinceEpoch: 2 }, 'was written to 2 times although it is closed'],
  ])('doubts %j', (state, why) => {
    expect(touched(state, ours)).toBe(why);
  });
});
