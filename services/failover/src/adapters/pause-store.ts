import { Injectable } from '@nestjs/common';
import { LoadedEstate } from '@novacron/service';
import type { Pause } from '../domain/pause-news.js';
import { type Stored, StateStore } from './state-store.js';

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

  /** The pause that was ended, if there was one. */
  async end(): Promise<Pause | undefined> {
    for (;;) {
      const stored = await this.read();
      if (stored.value === undefined || (await this.remove(stored))) return stored.value;
    }
  }

  read(): Promise<Stored<Pause>> {
    return this.store.read(name);
  }

  /** False when it was changed meanwhile. */
  note(pause: Pause, seen: Stored<Pause>): Promise<boolean> {
    return this.store.write(name, pause, seen);
  }

  /** False when it was changed meanwhile. */
  remove(seen: Stored<Pause>): Promise<boolean> {
    return this.store.remove(name, seen);
  }
}
