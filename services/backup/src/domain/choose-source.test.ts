import { chooseSource, type SourceCandidate } from './choose-source.js';

const active = status('primary', { inRecovery: false, walReceiverStatus: null, position: '0/9000000' });
const near = status('secondary', { replayLsn: '0/8FFFF00' });
const nearer = status('dr', { replayLsn: '0/9000000' });

describe('where a backup is read when policy asks for a standby', () => {
  it.each([
    ['the one that is the least behind', [near, nearer], 'dr'],
    ['the only one', [near], 'secondary'],
    ['none that does not answer', [{ site: 'dr', status: undefined }, near], 'secondary'],
  ])('is %s', (_what, standbys: SourceCandidate[], expected) => {
    expect(chooseSource(active, standbys)).toEqual({ site: expected });
  });

  it.each([
    ['there is none', [], 'it has no standby'],
    ['it does not answer', [{ site: 'dr', status: undefined }], 'dr does not answer'],
    [
      'it has received all and replayed little',
      [status('dr', { position: '0/9000000', replayLsn: '0/3000000' })],
      'dr is 100663296 bytes behind',
    ],
    ['it receives nothing', [status('dr', { walReceiverStatus: null })], 'dr receives nothing'],
    ['it is of another timeline', [status('dr', { timeline: 1 })], 'dr is on timeline 1'],
    ['it is of another system', [status('dr', { systemIdentifier: '8' })], 'dr is of another system'],
    ['it takes writes', [status('dr', { inRecovery: false })], 'dr is no standby'],
  ])('is the active one, with the reason, where %s', (_what, standbys: SourceCandidate[], because) => {
    expect(chooseSource(active, standbys)).toEqual({ site: 'primary', because });
  });

  it('stays with an active server that does not say where it is', () => {
    const chosen = chooseSource({ site: 'primary', status: undefined }, [near]);
    expect(chosen).toEqual({ site: 'primary', because: 'it does not say where it is' });
  });
});

function status(site: string, change: Partial<NonNullable<SourceCandidate['status']>>): SourceCandidate {
  const usual = {
    inRecovery: true,
    timeline: 2,
    systemIdentifier: '7',
    position: '0/9000000',
    replayLsn: '0/9000000',
    walReceiverStatus: 'streaming',
  };
  return { site, status: { ...usual, ...change } };
}
