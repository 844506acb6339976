import { DrError } from '@novacron/contracts';
import type { StateStore } from '../adapters/state-store.js';

/** An event as it is stored before it is published. */
export interface Announcement {
  readonly type: 'HealthDegraded' | 'HealthRecovered' | 'SiteLost' | 'VantageLost';
  /** The same for the same fact, whoever publishes it. */
  readonly id: string;
  readonly correlationId: string;
  readonly data: Readonly<Record<string, unknown>>;
}

export type Announce = (announcement: Announcement) => Promise<void>;

interface Stored<T> {
  readonly state: T;
  readonly pending?: Announcement;
}

/**
 * A state whose every change is announced, exactly once as consumers see it. The change and its announcement are stored in
 * one write; then it is published under its own id; then it is struck off. Whoever takes over after a crash in between
 * finds it pending and publishes it again, and the id makes the two one.
 */
export class AnnouncedRecord<T> {
  private stored: { readonly value: Stored<T>; readonly revision: number } | undefined;

  constructor(
    private readonly key: string,
    private readonly initial: T,
    private readonly store: Pick<StateStore, 'read' | 'write'>,
    private readonly announce: Announce,
  ) {}

  /** The state, read and what was pending announced. @throws DrError BUS_UNAVAILABLE. */
  async load(): Promise<T> {
    this.stored ??= (await this.store.read<Stored<T>>(this.key)) ?? { value: { state: this.initial }, revision: 0 };
    await this.finish();
    return this.stored.value.state;
  }

  /** Forgets what was read: another process may have written since. */
  forget(): void {
    this.stored = undefined;
  }

  /**
   * @throws DrError CONFLICT when another process has moved it, BUS_UNAVAILABLE when it may or may not have moved; both
   * times it is read anew by the next {@link load}.
   */
  async move(state: T, announcement?: Announcement): Promise<void> {
    await this.write({ state, ...(announcement === undefined ? {} : { pending: announcement }) });
    await this.finish();
  }

  private async finish(): Promise<void> {
    const pending = this.stored?.value.pending;
    if (this.stored === undefined || pending === undefined) return;
    await this.announce(pending);
    await this.write({ state: this.stored.value.state });
  }

  private async write(value: Stored<T>): Promise<void> {
    const before = this.stored?.revision ?? 0;
    this.stored = undefined;
    const revision = await this.store.write(this.key, value, before);
    if (revision === undefined) {
      throw new DrError('CONFLICT', `another process has moved ${this.key}`, { retryable: true });
    }
    this.stored = { value, revision };
  }
}
