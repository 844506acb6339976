import { type Accepted, StartRestoration } from '@novacron/contracts';
import type { DrillPhase } from '../drill-context.js';
import { needed } from '../findings.js';
import { seconds } from '../progress.js';
import { querySite } from '../site-database.js';
import { countLost } from './row-count.js';

/** Brought home through five phases, cut back and watched; nothing lost, never two primaries. */
export const restoration: DrillPhase = {
  name: 'restoration',
  title: 'restoration through its five phases, cutback, and the watch after it',
  async run(context) {
    const { bus, events, findings, lab, primaries } = context;
    const home = findings.homeSite;
    const started = Date.now();
    const { operationId } = await bus.request<Accepted>(
      new StartRestoration({ to: home, reason: 'drill: the home site is back' }),
      { timeoutMs: 20_000 },
    );
    const mine = (event: { data: Readonly<Record<string, unknown>> }): boolean =>
      event.data['operationId'] === operationId;
    const completed = await events.waitFor('restoration-completed', 360_000, mine, ['restoration-failed']);
    const rejoin = String(completed.data['rejoin']);
    findings.failback = { durationMs: Date.now() - started, operationId, rejoin };

    const [row] = await querySite<{ recovery: boolean }>(lab, home, 'select pg_is_in_recovery() as recovery');
    if (row?.recovery !== false) throw new Error(`${home} is not the primary`);
    const lost = await countLost(context, home);
    if (lost > 0) throw new Error(`${lost} acknowledged rows are missing on ${home} after the cutback`);
    if (primaries.splitBrains.length > 0) throw new Error('two sites took writes at once');
    const phases = events
      .all('restoration-phase-done', mine)
      .map((event) => `${String(event.data['phase'])} ${seconds(Number(event.data['durationMs']))}`);
    return `${phases.join(', ')}; rejoined by ${rejoin} from ${needed(findings.standInSite, 'the stand-in')}; 0 lost`;
  },
};
