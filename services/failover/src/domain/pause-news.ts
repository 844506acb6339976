/** A stop of automatic failover: it has an owner, a reason, and an end. */
export interface Pause {
  readonly owner: string;
  readonly reason: string;
  /** RFC 3339; the estate file's pause has no time. */
  readonly until: string;
  readonly since?: string;
  /** How often it was brought to mind. */
  readonly reminded?: number;
}

/** After these shares of its time a pause is brought to mind: one that is forgotten is an outage that waits. */
const reminders = [0.5, 0.9];

export type PauseNews = { readonly kind: 'over' } | { readonly kind: 'reminder'; readonly reminded: number };

/** What there is to say of a pause now, if anything. */
export function pauseNews({ since, until, reminded = 0 }: Pause, nowMs: number): PauseNews | undefined {
  const endMs = Date.parse(until);
  if (nowMs >= endMs) return { kind: 'over' };
  if (since === undefined) return undefined;
  const share = (nowMs - Date.parse(since)) / (endMs - Date.parse(since));
  const due = reminders.filter((each) => share >= each).length;
  return due > reminded ? { kind: 'reminder', reminded: due } : undefined;
}
