// Loaded before a service: its clock is off by so many milliseconds as the file named in TEST_CLOCK_FILE says, from one moment to the next.
// What counts time without a clock — timers, performance.now — goes on undisturbed, as it does when a machine's clock is set.
import { readFileSync } from 'node:fs';

const file = process.env.TEST_CLOCK_FILE;
const RealDate = Date;
let offsetMs = 0;
const look = () => {
  try {
    offsetMs = Number(readFileSync(file, 'utf8'));
  } catch {
    // It is being written.
  }
};
look();
setInterval(look, 50).unref();

globalThis.Date = class Date extends RealDate {
  constructor(...parts) {
    if (parts.length === 0) super(RealDate.now() + offsetMs);
    else super(...parts);
  }

  static now() {
    return RealDate.now() + offsetMs;
  }
};
