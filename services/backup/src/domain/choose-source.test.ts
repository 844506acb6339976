import { chooseSource, type SourceCandidate } from './choose-source.js';

const active = status('primary', { inRecovery: false, walReceiverStatus: null, position: '0/5000000' });
const near = status('secondary', { position: '0/4FFFF00' });
const nearer = status('dr', { position: '0/5000000' });

describe('where a backup is read when policy asks for a standby', () => {
  it.each([
    ['the one that is the least behind', [near, nearer], 'dr'],
    ['the only one', [near], 'secondary'],
    ['the active one where there is none', [], 'primary'],
    ['none that does not answer', [{ site: 'dr', status: undefined }, near], 'secondary'],
    ['none that is a segment behind', [status('dr', { position: '0/3000000' })], 'primary'],
    ['none that receives nothing', [status('dr', { walReceiverStatus: null })], 'primary'],
    ['none of another timeline', [status('dr', { timeline: 1 })], 'primary'],
    ['none of another system', [status('dr', { systemIdentifier: '8' })], 'primary'],
    ['none that takes writes', [status('dr', { inRecovery: false })], 'primary'],
  ])('takes %s', (_what, standbys: SourceCandidate[], expected) => {
    expect(chooseSource(active, standbys)).toBe(expected);
  });

  it('stays with an active server that does not say where it is', () => {
    expect(chooseSource({ site: 'primary', status: undefined }, [near])).toBe('primary');
  });
});

function status(site: string, change: Partial<NonNullable<SourceCandidate['status']>>): SourceCandidate {
  const usual = {
    inRecovery: true,
    timeline: 2,
    systemIdentifier: '7',
    position: '0/5000000',
    walReceiverStatus: 'streaming',
  };
  return { site, status: { ...usual, ...change } };
}
