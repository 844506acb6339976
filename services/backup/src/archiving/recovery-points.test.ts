import { silentLogger } from '@novacron/bus';
import {
  type Estate,
  type Message,
  type MessageClass,
  RecoveryPointAdvanced,
  RecoveryPointLate,
  validate,
  WalArchiveTroubled,
} from '@novacron/contracts';
import type { RecoveryWindow } from '@novacron/repository';
import { ArchiveAlarms } from './archive-alarms.js';
import type { DatabaseArchiver } from './database-archiver.js';
import { RecoveryPoints } from './recovery-points.js';

const estate = {
  objectives: {
    tiers: [
      { tier: 1, services: ['pay'], rpo: '20s' },
      { tier: 2, services: ['report'], rpo: '10m' },
      { tier: 3, services: ['elsewhere'], rpo: '1s' },
    ],
  },
} as unknown as Estate;
const startMs = Date.parse('2026-11-23T04:00:00Z');

describe('how far the archive can restore a database', () => {
  const said: object[] = [];
  const bus = {
    publish: (event: Message) => {
      // As the bus does: what is not valid is refused.
      validate(event.constructor as MessageClass<Message>, event, 'strict');
      said.push(event);
      return Promise.resolve(undefined as never);
    },
  };
  let nowMs: number;
  let latest: string;
  let gap: string | undefined;
  let points: RecoveryPoints;
  let archiver: DatabaseArchiver;

  beforeEach(() => {
    said.length = 0;
    nowMs = startMs;
    latest = new Date(startMs).toISOString();
    gap = undefined;
    const windows = (): Promise<readonly RecoveryWindow[]> =>
      Promise.resolve([
        {
          ...{ backupId: 'backup-20261123-030000', component: 'money', systemId: '7', timeline: 1, latest },
          ...{ earliest: '2026-11-23T03:00:00.000Z', startLsn: '0/2000000', untilLsn: latest },
          ...(gap === undefined ? {} : { gap }),
        },
      ]);
    points = new RecoveryPoints(bus, estate, { windows }, { nowMs: () => nowMs, monotonicMs: () => nowMs });
    archiver = {
      component: 'money',
      services: ['pay', 'report'],
      problem: 'the stores: primary is away',
      storeCursors: [{ store: 'primary', problem: undefined }],
      alarms: new ArchiveAlarms('money', bus, silentLogger),
    } as unknown as DatabaseArchiver;
  });

  const after = async (seconds: number): Promise<object[]> => {
    nowMs = startMs + seconds * 1_000;
    said.length = 0;
    await points.onTurn(archiver);
    return said.filter((event) => !(event instanceof RecoveryPointAdvanced));
  };

  it('is told when it moves, and not when it stands', async () => {
    await points.onTurn(archiver);
    await after(6);
    latest = new Date(startMs + 6_000).toISOString();
    nowMs += 6_000;
    await points.onTurn(archiver);
    expect(said).toMatchObject([{ component: 'money', latest, lagMs: 6_000 }]);
  });

  it('is said to be late while there is still time to act, then that the RPO is missed, and each once', async () => {
    expect(await after(0)).toEqual([]);
    expect(await after(14)).toEqual([]);
    const approaching = await after(15);
    expect(approaching).toMatchObject([{ tier: 1, state: 'approaching', rpoMs: 20_000, lagMs: 15_000 }]);
    expect((approaching[0] as RecoveryPointLate).reason).toContain('primary is away');
    expect(await after(19)).toEqual([]);
    expect(await after(21)).toMatchObject([{ tier: 1, state: 'missed' }]);
    expect(await after(60)).toEqual([]);
    latest = new Date(startMs + 60_000).toISOString();
    expect(await after(66)).toEqual([]);
    // It had caught up meanwhile: the next time is told anew.
    expect(await after(60 + 16)).toMatchObject([{ tier: 1, state: 'approaching' }]);
  });

  it.each([
    ['ahead', 40 * 86_400_000],
    ['behind', -2 * 3_600_000],
  ])('is neither late nor in time because the clock here is set %s', async (_where, stepMs) => {
    const withBeat = (seconds: number) => {
      archiver = Object.assign(archiver, { serverNowMs: startMs + seconds * 1_000 + 0.25 });
      return after(seconds + stepMs / 1_000);
    };
    expect(await withBeat(0)).toEqual([]);
    expect(await withBeat(10)).toEqual([]);
    expect(await withBeat(15)).toMatchObject([{ tier: 1, state: 'approaching', lagMs: 15_000 }]);
    expect(await withBeat(21)).toMatchObject([{ tier: 1, state: 'missed', lagMs: 21_000 }]);
  });

  it('is waited for since it began, whatever the clock here said before the database answered', async () => {
    archiver = Object.assign(archiver, { storeCursors: [] });
    expect(await after(7_200)).toEqual([]);
    archiver = Object.assign(archiver, { serverNowMs: startMs });
    expect(await after(7_200)).toEqual([]);
    archiver = Object.assign(archiver, { serverNowMs: startMs + 15_000 });
    expect(await after(7_215)).toMatchObject([{ tier: 1, state: 'approaching', lagMs: 15_000 }]);
  });

  it('is alarmed of a gap behind it, and that it is over', async () => {
    gap = '0/3000000 to 0/4000000';
    expect(await after(1)).toMatchObject([{ fault: 'gap', state: 'found', timeline: 1 }]);
    gap = undefined;
    const over = await after(7);
    expect(over).toMatchObject([{ fault: 'gap', state: 'over' }]);
    expect(over[0]).toBeInstanceOf(WalArchiveTroubled);
  });
});
