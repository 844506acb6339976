import { Injectable } from '@nestjs/common';
import { LoadedEstate } from '@novacron/service';
import { StateStore } from './state-store.js';

/** A stop of automatic failover: it has an owner, a reason, and an end. */
export interface Pause {
  readonly owner: string;
  readonly reason: string;
  /** RFC 3339. */
  readonly until: string;
}

const name = 'pause';

/** Keeps the pause where every instance of the service and a restart find it. */
@Injectable()
export class PauseStore {
  constructor(
    private readonly store: StateStore,
    private readonly loaded: LoadedEstate,
  ) {}

  /** The pause that is in force now: the one that ends by itself, or the estate file's. */
  async current(now: Date): Promise<Pause | undefined> {
    const { value } = await this.store.read<Pause>(name);
    if (value !== undefined && Date.parse(value.until) > now.getTime()) return value;
    if (this.loaded.estate.failover.paused !== true) return undefined;
    return { owner: 'the estate file', reason: 'failover.paused is true', until: 'it is changed' };
  }

  async set(pause: Pause): Promise<void> {
    while (!(await this.store.write(name, pause, await this.store.read(name)))) await Promise.resolve();
  }

  async end(): Promise<void> {
    for (;;) {
      const stored = await this.store.read<Pause>(name);
      if (stored.value === undefined || (await this.store.remove(name, stored))) return;
    }
  }
}
