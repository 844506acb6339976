import { afterRedundancyLook, type RedundancyRecord, type StandbyFitness } from './redundancy.js';

const fit: StandbyFitness[] = [{ site: 'secondary' }];
const unfit: StandbyFitness[] = [{ site: 'secondary', problem: 'does not answer' }];

/** News by second, for looks one second apart: `+` a standby is fit, `-` none is. */
function told(looks: string, epoch = 1): string[] {
  let record: RedundancyRecord | undefined;
  return looks.split('').flatMap((look, second) => {
    const after = afterRedundancyLook(record, {
      epoch,
      site: 'primary',
      atMs: second * 1_000,
      standbys: look === '+' ? fit : unfit,
    });
    record = after.record;
    return after.news === undefined ? [] : [`${second} ${after.news}`];
  });
}

describe('who could take over', () => {
  it.each([
    ['++++++++', []],
    ['++---++', []],
    ['------', ['5 lost']],
    ['+------', ['6 lost']],
    ['---------', ['5 lost']],
    ['------+', ['5 lost', '6 restored']],
    ['------+-+', ['5 lost', '6 restored']],
    ['-----+------', ['11 lost']],
  ])('%s: %j', (looks, expected) => {
    expect(told(looks)).toEqual(expected);
  });

  it('remembers that the epoch was protected once', () => {
    const look = { epoch: 2, site: 'secondary', atMs: 5, standbys: unfit };
    const alone = afterRedundancyLook(undefined, look).record;
    expect(alone).not.toHaveProperty('protectedAtMs');
    const whole = afterRedundancyLook(alone, { ...look, atMs: 6, standbys: fit }).record;
    expect(afterRedundancyLook(whole, { ...look, atMs: 7 }).record.protectedAtMs).toBe(6);
    expect(afterRedundancyLook(whole, { ...look, epoch: 3 }).record).not.toHaveProperty('protectedAtMs');
  });
});
