import type { Bus, Logger } from '@novacron/bus';
import { DrError } from '@novacron/contracts';
import type { OperationDriver } from './operation-driver.js';
import type { OperationIndex } from './operation-index.js';
import { Wake } from './wake.js';

export interface ScannerSettings {
  readonly bus: Bus;
  readonly index: OperationIndex;
  readonly driver: OperationDriver;
  readonly instance: string;
  readonly scanMs: number;
  readonly logger: Logger;
  readonly changed: () => void;
}

/** Looks, again and again, for operations that nobody works on, and for what others have written about ours. */
export class Scanner {
  private readonly wake = new Wake();
  private readonly unsubscribe: () => void;
  private stopped = false;
  private failing = false;
  private readonly ended: Promise<void>;

  private constructor(private readonly settings: ScannerSettings) {
    const { bus, instance } = settings;
    const hints = bus.connection.subscribe(`dr.${bus.estate}.operation.*`, {
      callback: (_error, message) => {
        // Only a hint, and our own records are no news; whether one was stored the journal tells.
        if (!message.string().includes(`"by":"${instance}"`)) this.wake.wake();
      },
    });
    this.unsubscribe = () => hints.unsubscribe();
    this.ended = this.loop();
  }

  /** @throws DrError BUS_UNAVAILABLE when the first look fails. */
  static async start(settings: ScannerSettings): Promise<Scanner> {
    await look(settings);
    return new Scanner(settings);
  }

  async stop(): Promise<void> {
    this.stopped = true;
    this.unsubscribe();
    this.wake.wake();
    await this.ended;
  }

  private async loop(): Promise<void> {
    const { scanMs, logger } = this.settings;
    while (!this.stopped) {
      await this.wake.wait(Date.now() + scanMs);
      if (this.stopped) return;
      try {
        await look(this.settings);
        this.failing = false;
      } catch (error) {
        if (!this.failing) logger.warn('operations cannot be looked for', { reason: DrError.from(error).message });
        this.failing = true;
      }
    }
  }
}

async function look({ index, driver, logger, changed }: ScannerSettings): Promise<void> {
  await index.refresh();
  for (const { operationId, sequence } of index.open()) {
    const log = driver.logOf(operationId);
    if (log === undefined) driver.drive(operationId);
    else if (sequence > log.lastSequence) {
      // One journal that cannot be read on must not hide the others; its worker meets the same error when it appends.
      await log.catchUp().catch((error: unknown) => {
        logger.warn('a journal could not be read on', { operation: operationId, reason: DrError.from(error).message });
      });
    }
  }
  changed();
}
