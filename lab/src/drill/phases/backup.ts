import { type Accepted, RunBackup } from '@novacron/contracts';
import type { DrillPhase } from '../drill-context.js';

/** A full backup of everything, proved by reading it back, and a copy of it on another site. */
export const backup: DrillPhase = {
  name: 'backup',
  title: 'full backup of everything, read back, and replicated to the DR store',
  async run({ bus, events, load, findings }) {
    findings.rowsBeforeBackup = Math.max(...load.acknowledged().map((row) => row.n));
    const { operationId } = await bus.request<Accepted>(new RunBackup({ kind: 'full', reason: 'drill' }), {
      timeoutMs: 20_000,
    });
    const mine = (event: { data: Readonly<Record<string, unknown>> }): boolean =>
      event.data['backupId'] === operationId;
    const completed = await events.waitFor('backup-completed', 180_000, mine, ['backup-failed']);
    const verified = await events.waitFor('backup-verified', 180_000, mine, ['backup-failed']);
    const replicated = await events.waitFor('backup-replicated', 180_000, mine, ['backup-failed']);
    const sizeBytes = Number(completed.data['sizeBytes']);
    findings.backup = {
      backupId: operationId,
      sizeBytes,
      durationMs: Number(completed.data['durationMs']),
      verified: true,
      restored: false,
    };
    return `${operationId}: ${mebibytes(sizeBytes)} in ${String(completed.data['store'])}, ${String(verified.data['objects'])} objects read back, copied to ${String(replicated.data['toStore'])}`;
  },
};

export function mebibytes(bytes: number): string {
  return `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
}
