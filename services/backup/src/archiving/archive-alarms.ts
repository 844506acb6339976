import type { Bus, Logger } from '@novacron/bus';
import { WalArchiveTroubled } from '@novacron/contracts';

export type ArchiveFault = WalArchiveTroubled['fault'];

export interface AlarmPlace {
  readonly site?: string;
  readonly timeline?: number;
}

/** Tells what is wrong with the archive of one database: each fault once when it is found, and once when it is over. */
export class ArchiveAlarms {
  private readonly standing = new Map<ArchiveFault, string>();

  constructor(
    private readonly component: string,
    private readonly bus: Pick<Bus, 'publish'>,
    private readonly logger: Logger,
  ) {}

  get faults(): ArchiveFault[] {
    return [...this.standing.keys()];
  }

  async found(fault: ArchiveFault, reason: string, place: AlarmPlace = {}): Promise<void> {
    if (this.standing.has(fault)) return;
    this.standing.set(fault, reason);
    this.logger.error('the WAL archive has trouble', { component: this.component, fault, reason, ...place });
    await this.say(fault, 'found', reason, place);
  }

  async over(fault: ArchiveFault, reason: string, place: AlarmPlace = {}): Promise<void> {
    if (!this.standing.delete(fault)) return;
    this.logger.info('the WAL archive has no such trouble any more', { component: this.component, fault, ...place });
    await this.say(fault, 'over', reason, place);
  }

  /** Something that happens and is over at once. */
  async happened(fault: ArchiveFault, reason: string, place: AlarmPlace): Promise<void> {
    await this.say(fault, 'found', reason, place);
  }

  private async say(fault: ArchiveFault, state: 'found' | 'over', reason: string, place: AlarmPlace): Promise<void> {
    const event = new WalArchiveTroubled({ component: this.component, fault, state, reason, ...place });
    await this.bus.publish(event).catch((error: unknown) => {
      this.logger.warn('an alarm could not be told', { component: this.component, fault, reason: String(error) });
      // It is told again at the next look.
      if (state === 'found') this.standing.delete(fault);
    });
  }
}
