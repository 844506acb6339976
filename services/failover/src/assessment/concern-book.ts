import { Injectable } from '@nestjs/common';
import { StateStore, type Stored } from '../adapters/state-store.js';
import type { Concern } from '../domain/concern.js';

/** The concern about each site, kept where every instance and a restart find it. */
@Injectable()
export class ConcernBook {
  constructor(private readonly store: StateStore) {}

  read(site: string): Promise<Stored<Concern>> {
    return this.store.read<Concern>(nameOf(site));
  }

  /** False when another instance was quicker: then what it knows counts. */
  write(concern: Concern, seen: Stored<Concern>): Promise<boolean> {
    return this.store.write(nameOf(concern.site), concern, seen);
  }

  async close(site: string, seen: Stored<Concern>): Promise<void> {
    await this.store.remove(nameOf(site), seen);
  }
}

function nameOf(site: string): string {
  return `concern.${site}`;
}
