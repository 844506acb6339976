/** After so many failures in a row nothing more is sent for a while; then one message tries. */
const threshold = 5;
const firstPauseMs = 5_000;
const longestPauseMs = 60_000;

export type BreakerState = 'closed' | 'open' | 'half-open';

/** Keeps messages from a provider that does not answer. Time is passed in. */
export class Breaker {
  private failures = 0;
  private pauseMs = firstPauseMs;
  private openUntilMs = 0;
  private trying = false;

  state(nowMs: number): BreakerState {
    if (this.failures < threshold) return 'closed';
    return nowMs < this.openUntilMs ? 'open' : 'half-open';
  }

  /** Whether a message may go: 0, or how long to wait before asking again. Half open, one goes at a time. */
  enter(nowMs: number): number {
    const state = this.state(nowMs);
    if (state === 'closed') return 0;
    if (state === 'open') return this.openUntilMs - nowMs;
    if (this.trying) return firstPauseMs / 5;
    this.trying = true;
    return 0;
  }

  /** The provider answered, whatever it said of the message. */
  succeeded(): void {
    this.failures = 0;
    this.pauseMs = firstPauseMs;
    this.trying = false;
  }

  failed(nowMs: number): void {
    this.failures += 1;
    this.trying = false;
    if (this.failures < threshold) return;
    this.openUntilMs = nowMs + this.pauseMs;
    this.pauseMs = Math.min(longestPauseMs, this.pauseMs * 2);
  }

  /** The message never came to the provider: nothing is known of it. */
  left(): void {
    this.trying = false;
  }
}
