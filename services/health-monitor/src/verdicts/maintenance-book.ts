import { DrError } from '@novacron/contracts';
import type { StateStore } from '../adapters/state-store.js';
import { activeWindows, isMuted, type MaintenanceWindow, withWindow } from '../domain/maintenance.js';

const key = 'maintenance';
const attempts = 5;

/** The announced work on the estate, one list for all instances. */
export class MaintenanceBook {
  private windows: readonly MaintenanceWindow[] = [];
  /** Those that were active when last looked at, of these windows, and what they mute by site. */
  private last: { readonly of: readonly MaintenanceWindow[]; readonly active: readonly MaintenanceWindow[] } = {
    of: [],
    active: [],
  };
  private readonly muted = new Map<string, (check: string) => boolean>();

  constructor(private readonly store: Pick<StateStore, 'read' | 'write'>) {}

  /** What the bucket says now. */
  async load(): Promise<void> {
    const stored = await this.store.read<readonly MaintenanceWindow[]>(key);
    this.windows = stored?.value ?? [];
  }

  /** Takes in what the bucket said of a key. */
  onChange(changed: string, value: unknown): void {
    if (changed === key) this.windows = (value as readonly MaintenanceWindow[] | undefined) ?? [];
  }

  isMuted(site: string, check: string): boolean {
    return this.mutedIn(site)(check);
  }

  /** Which checks of a site are in announced work now; the same function until that changes. */
  mutedIn(site: string): (check: string) => boolean {
    const active = this.active();
    const known = this.muted.get(site);
    if (known !== undefined) return known;
    const muted = (check: string): boolean => isMuted(active, site, check);
    this.muted.set(site, muted);
    return muted;
  }

  active(): readonly MaintenanceWindow[] {
    const active = activeWindows(this.windows, Date.now());
    if (this.last.of !== this.windows || active.length !== this.last.active.length) {
      this.last = { of: this.windows, active };
      this.muted.clear();
    }
    return this.last.active;
  }

  /** Stores a window in place of an earlier one for the same thing. @throws DrError BUS_UNAVAILABLE. */
  async announce(window: MaintenanceWindow): Promise<void> {
    for (let attempt = 1; attempt <= attempts; attempt += 1) {
      const stored = await this.store.read<readonly MaintenanceWindow[]>(key);
      const windows = withWindow(stored?.value ?? [], window, Date.now());
      if ((await this.store.write(key, windows, stored?.revision ?? 0)) !== undefined) {
        this.windows = windows;
        return;
      }
    }
    throw new DrError('CONFLICT', 'maintenance is being announced by others at the same time', { retryable: true });
  }
}
