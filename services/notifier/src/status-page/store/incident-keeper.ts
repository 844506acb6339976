import type { Logger } from '@novacron/bus';
import { DrError, type Estate } from '@novacron/contracts';
import type { Incident } from '../../domain/incident.js';
import type { IncidentBook } from '../../domain/incident-book.js';
import { publicIncident, type ToldMessage } from '../facts/incidents-from-book.js';
import type { Publish } from '../facts/public-text.js';
import type { PublicGroup } from '../facts/status-facts.js';
import type { StatusMemory } from './status-memory.js';

export interface IncidentKeeperSettings {
  readonly estate: Estate;
  readonly groups: readonly PublicGroup[];
  readonly clean: Publish;
  readonly memory: StatusMemory;
  readonly book: () => IncidentBook;
  readonly told: (incident: string) => Iterable<ToldMessage>;
  readonly logger: Logger;
}

/** Sees to it that what customers were told of an incident is remembered for the page. One look at a time; doing it again is harmless. */
export class IncidentKeeper {
  private readonly taken = new Map<string, { readonly incident: Incident; readonly messages: number }>();
  private looking: Promise<void> = Promise.resolve();

  constructor(private readonly settings: IncidentKeeperSettings) {}

  /** Never rejects: what could not be remembered is tried with the next look. */
  look(): Promise<void> {
    this.looking = this.looking.then(() => this.takeAll());
    return this.looking;
  }

  /** Once the looks that were asked for are over. */
  get settled(): Promise<void> {
    return this.looking;
  }

  private async takeAll(): Promise<void> {
    for (const incident of this.settings.book().incidents) if (!(await this.take(incident))) return;
  }

  /** False while the store cannot be had. */
  private async take(incident: Incident): Promise<boolean> {
    const { estate, groups, clean, memory, book, logger } = this.settings;
    const told = [...this.settings.told(incident.id)];
    const messages = told.filter(({ heldFor }) => heldFor === undefined).length;
    const known = this.taken.get(incident.id);
    if (known?.incident === incident && known.messages === messages) return true;
    const found = publicIncident(incident, told, {
      estate,
      groups,
      clean,
      activeSite: book().activeSite,
      known: memory.incidents.some(({ id }) => id === incident.id),
    });
    try {
      if (found !== undefined) await memory.tell(found);
      this.taken.set(incident.id, { incident, messages });
      return true;
    } catch (error) {
      logger.warn('status page: an incident is not remembered yet', {
        incident: incident.id,
        code: DrError.from(error).code,
      });
      return false;
    }
  }
}
