import type { RecoveryWindow } from '@novacron/repository';
import { recoveryPointOf } from './recovery-point.js';

const window = (more: Partial<RecoveryWindow>): RecoveryWindow => ({
  ...{ backupId: 'backup-20261123-040000', component: 'novacron', systemId: '7', timeline: 1 },
  ...{ earliest: '2026-11-23T04:00:00Z', latest: '2026-11-23T04:30:00Z', startLsn: '0/1', untilLsn: '0/5' },
  ...more,
});

describe('the recovery point', () => {
  it('is none without a backup of the component', () => {
    expect(recoveryPointOf([window({ component: 'other' })], 'novacron')).toBeUndefined();
  });

  it('is the latest moment of the newest timeline, and all reaches back to the oldest backup', () => {
    const windows = [
      window({}),
      window({ timeline: 2, earliest: '2026-11-23T04:10:00Z', latest: '2026-11-23T04:20:00Z', untilLsn: '0/4' }),
      window({ timeline: 2, earliest: '2026-11-23T04:12:00Z', latest: '2026-11-23T04:21:00Z', untilLsn: '0/6' }),
    ];
    expect(recoveryPointOf(windows, 'novacron')).toEqual({
      timeline: 2,
      lsn: '0/6',
      earliest: '2026-11-23T04:00:00Z',
      latest: '2026-11-23T04:21:00Z',
    });
  });
});
