/**
 * A world of real servers once it has begun as a whole. What a beginning that failed had started is stopped: it would keep the test's
 * process alive for ever.
 */
export async function begun<W extends { stop(): Promise<void> }>(world: W, begin: () => Promise<void>): Promise<W> {
  try {
    await begin();
    return world;
  } catch (error) {
    await world.stop();
    throw error;
  }
}
