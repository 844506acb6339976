import { inAllDatabases } from './in-all-databases.js';
import type { StandbyView } from './standby-view.js';

const view = (more: Partial<StandbyView> = {}): StandbyView => ({
  ...{ site: 'secondary', reachable: true, promotable: true, inRecovery: true, dataFlowing: false, synchronous: true },
  ...{ loss: { ms: 10, bytes: 100, rows: 1 }, position: '0/200' },
  ...more,
});

describe('inAllDatabases', () => {
  it.each<[string, Partial<StandbyView>, Partial<StandbyView>]>([
    ['does not answer', { reachable: false }, { reachable: false }],
    ['is not to be promoted', { promotable: false }, { promotable: false }],
    ['is no standby', { inRecovery: false }, { inRecovery: false }],
    ['still receives', { dataFlowing: true }, { dataFlowing: true }],
    ['is asynchronous', { synchronous: false }, { synchronous: false }],
    ['loses more', { loss: { ms: 20, bytes: 1, rows: 2 } }, { loss: { ms: 20, bytes: 101, rows: 3 } }],
    ['has a problem', { problem: 'replay is paused' }, { problem: 'replay is paused' }],
    ['is behind', { position: '0/100' }, { position: '0/100' }],
  ])('one that %s in a second database does so as a whole', (_title, second, expected) => {
    expect(inAllDatabases([[view()], [view(second)]])[0]).toMatchObject(expected);
  });

  it('knows no loss where one database knows none, and takes no site that lacks a database', () => {
    expect(inAllDatabases([[view()], [view({ loss: undefined })]])[0]).not.toHaveProperty('loss');
    expect(inAllDatabases([[view()], []])[0]?.reachable).toBe(false);
    expect(inAllDatabases([[view()]])).toEqual([view()]);
    expect(inAllDatabases([])).toEqual([]);
  });
});
