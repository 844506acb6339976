import type { Delivered } from '@novacron/contracts';

/** Whether an event belongs to an exercise: it says so, or the operation it belongs to is one. */
export function isDrill(event: Delivered): boolean {
  const { drill, operationId } = event.data as { readonly drill?: unknown; readonly operationId?: unknown };
  if (drill === true || event.correlationId.startsWith('drill-')) return true;
  return typeof operationId === 'string' && operationId.startsWith('drill-');
}
