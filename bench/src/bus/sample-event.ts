import { BackupCompleted, type BackupPart, type Fields } from '@novacron/contracts';

const part = (component: string, sizeBytes: number): Fields<BackupPart> => ({
  component,
  kind: component,
  objects: 12,
  sizeBytes,
});

/** An event of ordinary size with nested parts; `durationMs` carries its number. */
export function sampleEvent(number: number): BackupCompleted {
  return new BackupCompleted({
    backupId: `20260315T100000Z-full-${number % 64}`,
    kind: 'full',
    store: 'primary',
    parts: [part('postgres', 48_234_496), part('redis', 1_048_576), part('objects', 7_340_032)] as BackupPart[],
    sizeBytes: 56_623_104,
    durationMs: number,
    completedAt: '2026-03-15T10:00:42.123Z',
    timeline: 1,
    stopLsn: '0/5000138',
  });
}
