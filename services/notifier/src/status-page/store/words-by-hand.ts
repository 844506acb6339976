import { type AnnounceMaintenance, DrError, type PostStatus } from '@novacron/contracts';
import type { Publish } from '../facts/public-text.js';
import type { StatusMemory } from './status-memory.js';

/** What people say on the page themselves, refused where it would make no sense to a reader. */
export class WordsByHand {
  constructor(
    private readonly memory: StatusMemory,
    private readonly components: readonly string[],
    private readonly clean: Publish,
    private readonly nowMs: () => number,
  ) {}

  /** @throws DrError INVALID_MESSAGE, BUS_UNAVAILABLE. */
  async post(post: PostStatus): Promise<void> {
    this.assertComponents(post.components ?? []);
    const known = this.memory.incidents.some(({ id }) => id === post.incident);
    if (!known && post.title === undefined) {
      throw new DrError('INVALID_MESSAGE', `there is no incident ${post.incident} on the status page`, {
        details: [{ path: 'title', problem: 'is needed for a new incident' }],
      });
    }
    await this.memory.post(post, this.now, this.clean);
  }

  /** @throws DrError INVALID_MESSAGE, BUS_UNAVAILABLE. */
  async announce(maintenance: AnnounceMaintenance): Promise<void> {
    this.assertComponents(maintenance.components);
    if (Date.parse(maintenance.until) <= Date.parse(maintenance.from)) {
      throw new DrError('INVALID_MESSAGE', 'maintenance must end after it begins', {
        details: [{ path: 'until', problem: 'must be later than from' }],
      });
    }
    await this.memory.announce(maintenance, this.now, this.clean);
  }

  private get now(): string {
    return new Date(this.nowMs()).toISOString();
  }

  private assertComponents(given: readonly string[]): void {
    const unknown = given.filter((id) => !this.components.includes(id));
    if (unknown.length === 0) return;
    throw new DrError('INVALID_MESSAGE', `the status page has no component ${unknown.join(', ')}`, {
      details: [{ path: 'components', problem: `must be of ${this.components.join(', ')}` }],
    });
  }
}
