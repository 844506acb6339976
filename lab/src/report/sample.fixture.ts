import type { DrillReport, DrillTimeline } from './drill-report.js';

const startMs = Date.parse('2026-03-15T10:00:00.000Z');
const at = (ms: number): string => new Date(startMs + ms).toISOString();
const killedMs = 31_200;
const backMs = 34_350;

const phase = (name: string, fromMs: number, toMs: number, detail: string): DrillReport['phases'][number] => ({
  name,
  startedAt: at(fromMs),
  durationMs: toMs - fromMs,
  passed: true,
  detail,
});

/** A drill as the lab runs it, with times and counts of the usual size. */
export const sampleReport: DrillReport = {
  passed: true,
  phases: [
    phase('steady-state', 9_800, 13_100, 'three vantages see three sites well; 412 rows written'),
    phase('backup', 13_100, 21_900, 'backup-20260315-100013 of 41.2 MB, read back, replicated to dr'),
    phase('restore-proof', 21_900, 30_900, 'restored from dr into scratch; 843 rows agree'),
    phase('disaster', 30_900, 31_200, '11 processes of primary killed with SIGKILL'),
    phase('detection', 31_200, 32_500, 'by 3 of 3 vantages, 1.2 s after the kill'),
    phase(
      'failover',
      32_500,
      35_600,
      'to secondary, epoch 2, fence L3; writes were away for 3.2 s, 1.7 s of it after the decision',
    ),
    phase('row-count', 35_600, 36_100, '1\u00A0204 acknowledged rows looked for, none is missing'),
    phase('told', 36_100, 36_900, 'executives → technical → customer-success → customers; received over SMTP and HTTP'),
    phase('point-in-time', 36_900, 51_200, '500 rows found at 10:00:41, before the delete'),
    phase('return-of-the-old-primary', 51_200, 54_800, 'primary is back and refuses writes'),
    phase('restoration', 54_800, 88_300, 'rewound, caught up, cut back, watched for 10 s'),
    phase('resolution', 88_300, 89_400, 'executives → technical → customer-success → customers; 27 of 27 delivered'),
  ],
  rto: { targetMs: 3_600_000, measuredMs: backMs - killedMs },
  rpo: { targetMs: 900_000, measuredMs: 0, acknowledgedRows: 3_214, lostRows: 0 },
  backup: {
    backupId: 'backup-20260315-100013',
    sizeBytes: 41_200_000,
    durationMs: 4_310,
    verified: true,
    restored: true,
  },
  pitr: { targetTime: '2026-03-15T10:00:41.250Z', rowsExpected: 500, rowsFound: 500 },
  notifications: { planned: 27, delivered: 27, failed: 0 },
  failback: { durationMs: 33_500, splitBrain: false },
};

const audiences = ['executives', 'technical', 'customer-success', 'customers'];
const told = (fromMs: number, subject: string): DrillTimeline['notifications'] =>
  audiences.map((audience, index) => ({
    at: at(fromMs + index * 120),
    audience,
    channel: index === 1 ? 'hooks' : 'mail',
    subject,
  }));

const writes = Array.from({ length: 160 }, (_unused, index) => index * 500 + 9_500)
  .filter((ms) => ms + 500 <= killedMs || ms >= backMs)
  .map((ms, index) => ({ at: at(ms), acknowledged: 70 + ((index * 37) % 19) }));

export const sampleTimeline: DrillTimeline = {
  startedAt: at(0),
  events: [
    { at: at(killedMs), label: 'primary killed', kind: 'fault', site: 'primary' },
    { at: at(killedMs + 1_210), label: 'primary found lost', kind: 'detected', site: 'primary' },
    { at: at(killedMs + 1_420), label: 'failover decided', kind: 'decided' },
    ...['prepare-target', 'fence-old', 'advance-epoch', 'promote', 'switch-route', 'switch-dns', 'validate'].map(
      (label, index) => ({
        at: at(killedMs + 1_600 + index * 260),
        label,
        kind: 'step',
      }),
    ),
    { at: at(backMs), label: 'first write again', kind: 'recovered' },
    { at: at(killedMs + 4_300), label: 'moved to secondary', kind: 'completed' },
    { at: at(88_200), label: 'home again', kind: 'completed' },
    { at: at(17_400), label: 'backup complete', kind: 'backup' },
    { at: at(19_600), label: 'backup verified', kind: 'backup' },
  ],
  writes,
  notifications: [...told(32_800, 'initial'), ...told(35_700, 'progress'), ...told(88_600, 'resolution')],
};
