/** Does something for each item, so many at once, in their order; the first failure ends it once those under way have ended. */
export async function inGroups<T>(items: readonly T[], atOnce: number, act: (item: T) => Promise<void>): Promise<void> {
  let next = 0;
  let failed = false;
  const worker = async (): Promise<void> => {
    while (next < items.length && !failed) {
      const item = items[next] as T;
      next += 1;
      try {
        await act(item);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  const outcomes = await Promise.allSettled(Array.from({ length: Math.min(atOnce, items.length) }, worker));
  const bad = outcomes.find((outcome) => outcome.status === 'rejected');
  if (bad !== undefined) throw bad.reason;
}
