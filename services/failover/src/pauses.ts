import { Injectable } from '@nestjs/common';
import { Bus } from '@novacron/bus';
import { FailoverPaused, FailoverPauseEnded } from '@novacron/contracts';
import { PauseStore } from './adapters/pause-store.js';
import { type Pause, pauseNews } from './domain/pause-news.js';

/** Sets and ends the pause of automatic failover, and says so; brings it to mind while it lasts. */
@Injectable()
export class Pauses {
  constructor(
    private readonly bus: Bus,
    private readonly store: PauseStore,
  ) {}

  async set(asked: { readonly owner: string; readonly reason: string; readonly forMs: number }): Promise<Pause> {
    const { owner, reason, forMs } = asked;
    const nowMs = Date.now();
    const until = new Date(nowMs + forMs).toISOString();
    const pause = { owner, reason, until, since: new Date(nowMs).toISOString() };
    await this.store.set(pause);
    await this.tell(pause, nowMs);
    return pause;
  }

  async end(by: string): Promise<void> {
    const ended = await this.store.end();
    if (ended !== undefined && pauseNews(ended, Date.now())?.kind !== 'over') await this.tellEnd(ended, by);
  }

  /** Says what there is to say of a pause that lasts, and ends one that is over; told before it is noted, so that a crash says it twice, not never. */
  async look(): Promise<void> {
    const stored = await this.store.read();
    const pause = stored.value;
    if (pause === undefined) return;
    const nowMs = Date.now();
    const news = pauseNews(pause, nowMs);
    if (news === undefined) return;
    if (news.kind === 'over') {
      await this.tellEnd(pause);
      await this.store.remove(stored);
      return;
    }
    await this.tell(pause, nowMs, news.reminded);
    await this.store.note({ ...pause, reminded: news.reminded }, stored);
  }

  private async tell({ owner, reason, until }: Pause, nowMs: number, reminder = 0): Promise<void> {
    const remainingMs = Math.max(0, Date.parse(until) - nowMs);
    const event = new FailoverPaused({ owner, reason, until, remainingMs, reminder });
    await this.bus.publish(event, { id: `failover-paused-${until}-${reminder}` });
  }

  private async tellEnd({ owner, reason, until }: Pause, by?: string): Promise<void> {
    const event = new FailoverPauseEnded({ owner, reason, until, ...(by === undefined ? {} : { by }) });
    await this.bus.publish(event, { id: `failover-pause-ended-${until}` });
  }
}
