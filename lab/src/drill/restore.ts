import { type Accepted, QueryRestorationReport, type Report, Restore } from '@novacron/contracts';
import type { DrillContext } from './drill-context.js';

/** Restores into scratch and gives the first row the restored database answered with. */
export async function restoreAndAsk(
  { bus, events }: Pick<DrillContext, 'bus' | 'events'>,
  request: Omit<ConstructorParameters<typeof Restore>[0] & object, never>,
): Promise<{ row: Record<string, unknown>; report: Record<string, unknown>; operationId: string }> {
  const { operationId } = await bus.request<Accepted>(new Restore(request), { timeoutMs: 20_000 });
  await events.waitFor('recovery-completed', 240_000, (event) => event.data['operationId'] === operationId, [
    'recovery-failed',
  ]);
  const { report } = await bus.request<Report>(new QueryRestorationReport({ operationId }), { timeoutMs: 20_000 });
  const rows = report['rows'] as Record<string, unknown>[] | undefined;
  const row = rows?.[0];
  if (row === undefined) throw new Error(`restore ${operationId} reports no row for its query`);
  return { row, report, operationId };
}
