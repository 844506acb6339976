import { Injectable } from '@nestjs/common';

/** The time that everything here is decided by. A test moves another one. */
@Injectable()
export class Clock {
  /** How long a timer may rest on the queue before its time is compared again; a day where the clock is the world's. */
  readonly longestRestMs: number = 86_400_000;

  nowMs(): number {
    return Date.now();
  }
}
