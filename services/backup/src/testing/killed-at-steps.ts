import type { BackupWorld } from './backup-world.js';

/** `npm run chaos`, not `npm test`. */
export const wholeRun = process.env['DR_CHAOS'] === 'whole';
const given = process.env['DR_CHAOS_SEED'];
/** Another choice of steps each day, or the one that was given. */
const seed = given === undefined ? Math.floor(Date.now() / 86_400_000) : Number(given);

/** The steps at which a service is to die: all of them in the long form, else one, chosen by the day or the seed. */
export function stepsToDieAt(steps: readonly string[]): string[] {
  return wholeRun ? [...steps] : steps.filter((_, place) => place === seed % steps.length);
}

/**
 * Begins an operation and kills the process that works on it in each of these steps: at its very beginning in one run, in the middle of it in
 * another. `killedAt` grows until the operation has ended.
 */
export async function begunAndKilled(
  { bus, process: service }: BackupWorld,
  steps: readonly string[],
  begin: () => Promise<string>,
): Promise<{ readonly operationId: string; readonly killedAt: ReadonlySet<string> }> {
  const killedAt = new Set<string>();
  let answered: (operationId: string) => void = () => undefined;
  const begun = new Promise<string>((resolve) => (answered = resolve));
  bus.connection.subscribe(`dr.${bus.estate}.operation.*`, {
    callback: (_error, message) => {
      const record = message.json<{ kind: string; steps?: { name: string }[] }>();
      const step = record.kind === 'intent' ? record.steps?.[0]?.name : undefined;
      if (step === undefined || !steps.includes(step)) return;
      // Who asked has its answer first: without it nobody would know which operation was begun.
      void begun.then((operationId) => {
        if (killedAt.has(step) || message.subject.split('.').at(-1) !== operationId) return;
        killedAt.add(step);
        setTimeout(() => service.kill(), Math.random() * 60);
      });
    },
  });
  const operationId = await begin();
  answered(operationId);
  return { operationId, killedAt };
}
