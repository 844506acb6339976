import type { DrillPhase } from '../drill-context.js';

/** Every process of the home site is killed with SIGKILL, in the middle of the writing. */
export const disaster: DrillPhase = {
  name: 'disaster',
  title: 'kill -9 of every process of the home site, under load',
  async run({ lab, load, findings }) {
    findings.killedAt = Date.now();
    await lab.kill(findings.homeSite);
    return `${findings.homeSite} is dead after ${load.acknowledged().length} acknowledged rows`;
  },
};
