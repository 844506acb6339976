import { silentLogger } from '@novacron/bus';
import type { WalArchiveTroubled } from '@novacron/contracts';
import { ArchiveAlarms } from './archive-alarms.js';

describe('the alarms of a WAL archive', () => {
  const said: WalArchiveTroubled[] = [];
  let fails = false;
  const publish = (event: unknown): Promise<never> => {
    if (fails) return Promise.reject(new Error('the bus is away'));
    said.push(event as WalArchiveTroubled);
    return Promise.resolve(undefined as never);
  };
  let alarms: ArchiveAlarms;

  beforeEach(() => {
    said.length = 0;
    fails = false;
    alarms = new ArchiveAlarms('orders', { publish } as never, silentLogger);
  });

  it('are told once when a fault is found, and once when it is over', async () => {
    await alarms.over('gap', 'nothing was wrong');
    await alarms.found('gap', '0/3000000 to 0/4000000 is missing');
    await alarms.found('gap', 'the same again');
    await alarms.found('spool-full', '3 bytes are free', { site: 'primary' });
    await alarms.over('gap', 'a full backup was taken');
    await alarms.over('gap', 'again');
    expect(said.map(({ fault, state }) => [fault, state])).toEqual([
      ['gap', 'found'],
      ['spool-full', 'found'],
      ['gap', 'over'],
    ]);
    expect(alarms.faults).toEqual(['spool-full']);
  });

  it('are told again when nobody could hear them', async () => {
    fails = true;
    await alarms.found('slot-lost', 'the slot is gone');
    fails = false;
    await alarms.found('slot-lost', 'the slot is gone');
    expect(said).toHaveLength(1);
  });
});
