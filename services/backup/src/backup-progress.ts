import { Injectable } from '@nestjs/common';
import { Bus } from '@novacron/bus';
import { BackupProgressed } from '@novacron/contracts';
import { JsonLogger } from '@novacron/service';
import { transferProgress } from './domain/transfer-rate.js';

const sayEveryMs = 1_000;

interface Told {
  readonly begunMs: number;
  saidMs: number;
}

/** Tells the bus how far a backup's present step is, at most once a second. What is lost of it does no harm. */
@Injectable()
export class BackupProgress {
  private readonly told = new Map<string, Told>();

  constructor(
    private readonly bus: Bus,
    private readonly logger: JsonLogger,
  ) {}

  /** Of one attempt of a step; its first word begins the clock. */
  tell(backupId: string, step: string, doneBytes: number, totalBytes?: number): void {
    const nowMs = performance.now();
    const key = `${backupId}:${step}`;
    const told = this.told.get(key) ?? { begunMs: nowMs, saidMs: nowMs };
    this.told.set(key, told);
    if (nowMs - told.saidMs < sayEveryMs) return;
    told.saidMs = nowMs;
    const progress = transferProgress(doneBytes, nowMs - told.begunMs, totalBytes);
    const event = new BackupProgressed({ backupId, step, ...progress });
    this.bus.publish(event, { id: `${key}:${Math.round(nowMs)}` }).catch((error: unknown) => {
      this.logger.debug('progress was not told', { backup: backupId, step, reason: String(error) });
    });
  }

  /** Begins the clock of a step anew. */
  begin(backupId: string, step: string): void {
    this.told.delete(`${backupId}:${step}`);
    this.tell(backupId, step, 0);
  }
}
