import { readFileSync } from 'node:fs';

/** Milliseconds since the machine was started: no clock that is set moves them, they go on while it sleeps, and all its processes read the same. */
export function uptimeMs(): number {
  return Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0]) * 1_000;
}

/** Until when the server beside a guard may take writes, by {@link uptimeMs}. */
export class Permit {
  /** `lengthMs`: how long each extension lasts, from the moment it was asked for; `untilMs`: until when there is one to begin with. */
  constructor(
    readonly lengthMs: number,
    private untilMs: number,
    private readonly clock: () => number = uptimeMs,
  ) {}

  get endsAtMs(): number {
    return this.untilMs;
  }

  get isOver(): boolean {
    return this.clock() >= this.untilMs;
  }

  /** By what was asked for at a moment and has been granted since. An older grant takes nothing away. */
  extend(askedAtMs: number): void {
    this.until(askedAtMs + this.lengthMs);
  }

  until(endsAtMs: number): void {
    this.untilMs = Math.max(this.untilMs, endsAtMs);
  }

  /** It is over now, whatever was granted. */
  end(): void {
    this.untilMs = -Infinity;
  }
}
