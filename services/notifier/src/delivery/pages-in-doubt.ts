/** A provider that has not answered for so long keeps nobody else waiting any longer: the bound of the order of messages. */
const silentAfterMs = 2_000;

interface Waiter {
  readonly channel: string;
  readonly admit: (leave: Leave) => void;
}

/** Ends a stay; `answered` where the provider has said anything at all. */
export type Leave = (answered: boolean) => void;

/**
 * Lets our own pages go to providers that cannot tell a repeated message from a new one. A page whose sender dies is in doubt and is
 * sent again — rather twice than never —, so at most one of them is with a provider at a time: a death doubles one page at most,
 * however many are due. No channel waits for another's provider by that: one that has been silent for two seconds hands the place
 * on, and until it answers again its pages go in a lane of their own, one at a time. Such a page is in doubt whether we die or not.
 */
export class PagesInDoubt {
  /** Channels with a page at their provider. */
  private readonly lanes = new Set<string>();
  private readonly silent = new Set<string>();
  /** The channel that has the common place. */
  private holder: string | undefined;
  private waiting: Waiter[] = [];

  /** A place for one page of this channel; undefined when none was free within `maxWaitMs`. First come, first served. */
  enter(channel: string, maxWaitMs: number): Promise<Leave | undefined> {
    return new Promise((resolve) => {
      const late = setTimeout(() => {
        this.waiting = this.waiting.filter((other) => other !== waiter);
        resolve(undefined);
      }, maxWaitMs);
      const waiter: Waiter = {
        channel,
        admit: (leave) => {
          clearTimeout(late);
          resolve(leave);
        },
      };
      this.waiting.push(waiter);
      this.next();
    });
  }

  /** How many pages wait for a place on this channel. */
  waitingFor(channel: string): number {
    return this.waiting.filter((waiter) => waiter.channel === channel).length;
  }

  private next(): void {
    for (const waiter of [...this.waiting]) {
      const { channel } = waiter;
      const alone = this.silent.has(channel);
      if (this.lanes.has(channel) || (!alone && this.holder !== undefined)) continue;
      this.waiting = this.waiting.filter((other) => other !== waiter);
      this.lanes.add(channel);
      waiter.admit(alone ? (answered) => this.left(channel, answered) : this.take(channel));
    }
  }

  private take(channel: string): Leave {
    this.holder = channel;
    let holds = true;
    const handOn = (): void => {
      clearTimeout(late);
      if (holds) this.holder = undefined;
      holds = false;
    };
    const late = setTimeout(() => {
      this.silent.add(channel);
      handOn();
      this.next();
    }, silentAfterMs);
    return (answered) => {
      handOn();
      this.left(channel, answered);
    };
  }

  private left(channel: string, answered: boolean): void {
    this.lanes.delete(channel);
    if (answered) this.silent.delete(channel);
    this.next();
  }
}
