import { ReplicaPresence, replicasToken } from '@novacron/contracts';
import type { ObservationPlace } from '@novacron/bus';
import { type HeardReplica, sharers } from './share.js';

export interface ReplicasSettings {
  readonly vantage: string;
  /** Ours; no two processes have the same. */
  readonly replica: string;
  /** How often each tells that it is there. */
  readonly everyMs: number;
  readonly connected: () => boolean;
  readonly sees: () => boolean;
  readonly say: (presence: ReplicaPresence, place: ObservationPlace) => void;
  /** Who shares the checks from now on. */
  readonly onChange: (sharers: readonly string[]) => void;
}

/** How long a process listens for others before it takes checks; they answer a newcomer at once. */
const listenMs = 300;

/** After so many signs of life that did not come, a process is taken for dead. */
const missedSigns = 3.5;

/**
 * The processes that look from one vantage, as they tell each other on the bus. Without the bus nothing is learnt of the
 * others and nothing is concluded: each keeps the checks it had.
 */
export class Replicas {
  private readonly replicas = new Map<string, HeardReplica>();
  private timer: NodeJS.Timeout | undefined;
  private joined = false;
  private lastTickMs = 0;
  private told = '';

  constructor(private readonly settings: ReplicasSettings) {}

  start(): void {
    this.say('joining');
    this.timer = setTimeout(() => {
      this.joined = true;
      this.lastTickMs = performance.now();
      this.tick();
      this.timer = setInterval(() => this.tick(), this.settings.everyMs);
    }, listenMs);
  }

  stop(): void {
    clearTimeout(this.timer);
    this.say('leaving');
  }

  hear({ replica, state }: ReplicaPresence): void {
    if (replica === this.settings.replica) return;
    if (state === 'leaving') this.replicas.delete(replica);
    else this.replicas.set(replica, { state, heardMs: performance.now() });
    if (!this.joined) return;
    if (state === 'joining') this.say(this.state());
    this.settle();
  }

  private tick(): void {
    const nowMs = performance.now();
    const { everyMs, connected } = this.settings;
    // We stood still, or were without the bus: that others were not heard says nothing of them.
    if (!connected() || nowMs - this.lastTickMs > 2 * everyMs) this.forgive(nowMs);
    this.lastTickMs = nowMs;
    this.say(this.state());
    this.settle();
  }

  private forgive(nowMs: number): void {
    for (const [name, replica] of this.replicas) this.replicas.set(name, { ...replica, heardMs: nowMs });
  }

  private state(): HeardReplica['state'] {
    if (!this.joined) return 'joining';
    return this.settings.sees() ? 'looking' : 'blind';
  }

  private settle(): void {
    const { replica, everyMs, onChange } = this.settings;
    const nowMs = performance.now();
    this.replicas.set(replica, { state: this.state(), heardMs: nowMs });
    const now = sharers(this.replicas, nowMs, missedSigns * everyMs);
    for (const [name, { heardMs }] of this.replicas)
      if (nowMs - heardMs > 10 * missedSigns * everyMs) this.replicas.delete(name);
    if (now.join(' ') === this.told) return;
    this.told = now.join(' ');
    onChange(now);
  }

  private say(state: HeardReplica['state']): void {
    const { vantage, replica, connected, say } = this.settings;
    if (!connected()) return;
    const sentAt = new Date().toISOString();
    const presence = new ReplicaPresence({ vantage, replica, state, sentAt });
    say(presence, { vantage, site: replicasToken, check: replica });
  }
}
