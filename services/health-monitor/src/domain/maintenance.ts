/** Announced work: what fails there until it ends is not an incident. */
export interface MaintenanceWindow {
  readonly site: string;
  /** One check of the site, or all of them. */
  readonly check?: string;
  /** RFC 3339, UTC. */
  readonly since: string;
  readonly until: string;
  readonly reason: string;
  readonly owner: string;
}

/** Whether one of the windows, which are those that are not over, is of this check. */
export function isMuted(active: readonly MaintenanceWindow[], site: string, check: string): boolean {
  return active.some((window) => window.site === site && (window.check === undefined || window.check === check));
}

/** A window ends by itself. */
export function activeWindows(windows: readonly MaintenanceWindow[], nowMs: number): MaintenanceWindow[] {
  return windows.filter((window) => Date.parse(window.until) > nowMs);
}

/** The windows with one more, in place of an earlier one for the same thing; those that are over are dropped. */
export function withWindow(
  windows: readonly MaintenanceWindow[],
  window: MaintenanceWindow,
  nowMs: number,
): MaintenanceWindow[] {
  const others = windows.filter((other) => other.site !== window.site || other.check !== window.check);
  return activeWindows([...others, window], nowMs);
}
