import { DrError } from '@novacron/contracts';
import type { StateStore } from '../adapters/state-store.js';
import { activeWindows, isMuted, type MaintenanceWindow, withWindow } from '../domain/maintenance.js';

const key = 'maintenance';
const attempts = 5;

/** The announced work on the estate, one list for all instances. */
export class MaintenanceBook {
  private windows: readonly MaintenanceWindow[] = [];

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

  /** Which checks of a site are in announced work now. */
  mutedIn(site: string): (check: string) => boolean {
    const windows = activeWindows(this.windows, Date.now());
    return (check) => isMuted(windows, site, check);
  }

  active(): readonly MaintenanceWindow[] {
    return activeWindows(this.windows, Date.now());
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
