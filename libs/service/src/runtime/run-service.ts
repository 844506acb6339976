import { DrError } from '@novacron/contracts';
import type { ServiceConfig } from '../config/service-config.js';
import { exitCodeOf, exitCodes, failureText } from './failure.js';
import { type RunningService, type ServiceSettings, startService } from './start-service.js';

/**
 * The whole of a service's `main.ts`: starts it and stays until SIGTERM or SIGINT, then stops within `DR_SHUTDOWN_MS`. A
 * second signal ends it at once. Exit codes: 0 stopped when asked; 78 configuration to correct, each problem on a line of
 * standard error; 75 worth another try; 1 anything else, such as a fault of ours or work unfinished in time.
 */
export async function runService<C extends ServiceConfig>(settings: ServiceSettings<C>): Promise<void> {
  const asked = stopSignal();
  try {
    const starting = startService(settings);
    // Asked to stop before it has begun: nothing is held yet that a start could not take up again.
    const service = await Promise.race([starting, asked.then(() => undefined)]);
    if (service === undefined) process.exit(0);
    failOnFaults(service);
    const end = await Promise.race([asked, lostBus(service)]);
    if (end === 'bus lost') service.logger.error('connection to NATS closed for good');
    const finished = await stopInTime(service, end);
    process.exit(finished && end !== 'bus lost' ? 0 : exitCodes.failed);
  } catch (error) {
    const known = DrError.from(error);
    process.stderr.write(failureText(settings.name, known));
    if (known.code === 'INTERNAL' && known.cause instanceof Error) process.stderr.write(`${known.cause.stack}\n`);
    process.exit(exitCodeOf(known));
  }
}

type End = NodeJS.Signals | 'bus lost';

/** The first signal that asks to stop; the second one is not waited for. */
function stopSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let asked = false;
    const listen = (signal: NodeJS.Signals): void => {
      if (asked) process.exit(exitCodes.failed);
      asked = true;
      resolve(signal);
    };
    process.on('SIGTERM', listen);
    process.on('SIGINT', listen);
  });
}

/** A connection that lives reconnects by itself; one that is closed for good is a fault, and a supervisor starts anew. */
async function lostBus({ bus }: RunningService): Promise<End> {
  await bus.connection.closed();
  return 'bus lost';
}

async function stopInTime(service: RunningService, end: End): Promise<boolean> {
  const { logger, config } = service;
  logger.info('service is stopping', { reason: end });
  const late = new Promise<false>((resolve) => {
    setTimeout(() => resolve(false), config.shutdownMs).unref();
  });
  const stopped = service.stop(end).then(
    () => true as const,
    (error: unknown) => {
      logger.error('service did not stop cleanly', { error });
      return undefined;
    },
  );
  const result = await Promise.race([stopped, late]);
  if (result === false) logger.error('work was not finished in time', { shutdownMs: config.shutdownMs });
  else if (result === true) logger.info('service is stopped', {});
  return result === true;
}

/** An error nobody handles leaves a state nobody knows: say it, and let the supervisor begin anew. */
function failOnFaults({ logger }: RunningService): void {
  const fail = (error: unknown): void => {
    logger.error('unhandled error, the process ends', { error });
    process.exit(exitCodes.failed);
  };
  process.on('uncaughtException', fail);
  process.on('unhandledRejection', fail);
}
