import { setTimeout as sleep } from 'node:timers/promises';
import { Bus, Epochs, Leases, provisionBus, whenAnswered } from '@novacron/bus';
import { DrError, type ServiceName } from '@novacron/contracts';
import type { ServiceConfig } from '../config/service-config.js';
import type { LoadedEstate } from '../estate/loaded-estate.js';
import type { Secrets } from '../estate/secrets.js';
import { Metrics } from '../health/metrics.js';
import { Readiness } from '../health/readiness.js';
import type { JsonLogger } from '../logging/json-logger.js';

const againMs = 1_000;

/** What every service stands on, in the order in which it came to be. */
export interface House {
  readonly estate: LoadedEstate;
  readonly secrets: Secrets;
  readonly bus: Bus;
  readonly leases: Leases;
  readonly epochs: Epochs;
  readonly readiness: Readiness;
  readonly metrics: Metrics;
}

export interface Opening {
  readonly name: ServiceName;
  readonly config: ServiceConfig;
  readonly logger: JsonLogger;
  readonly estate: LoadedEstate;
  readonly secrets: Secrets;
}

/**
 * Joins the bus and sees to it that its streams are there. `for ever` comes again while the bus is away or has no quorum.
 * @throws DrError INVALID_CONFIG, BUS_UNAVAILABLE, UNSUPPORTED_SERVER, CONFLICT.
 */
export async function openHouse(opening: Opening, patience: 'for a while' | 'for ever'): Promise<House> {
  for (;;) {
    try {
      return await joinBus(opening);
    } catch (error) {
      const { code, message } = DrError.from(error);
      if (patience === 'for a while' || code !== 'BUS_UNAVAILABLE') throw error;
      opening.logger.warn('there is no bus to work on; trying again', { reason: message });
      await sleep(againMs);
    }
  }
}

async function joinBus({ name, config, logger, estate, secrets }: Opening): Promise<House> {
  const bus = await Bus.connect({
    url: config.natsUrl,
    options: config.natsOptions,
    service: name,
    instance: config.serviceInstance,
    estate: estate.name,
    logger,
  });
  try {
    await provisionBus(bus.connection, { estate: estate.name, replicas: config.natsReplicas });
    const opened = <T>(what: string, open: () => Promise<T>): Promise<T> => whenAnswered(what, open, { logger });
    const { connection } = bus;
    const readiness = new Readiness();
    readiness.add('bus', () => (bus.connected ? undefined : 'not connected to NATS'));
    return {
      estate,
      secrets,
      bus,
      leases: await opened('the bucket of leases', () => Leases.open({ connection, estate: estate.name, logger })),
      epochs: await opened('the bucket of epochs', () => Epochs.open(connection, estate.name)),
      readiness,
      metrics: new Metrics({ service: name, instance: config.serviceInstance, estateHash: estate.hash }),
    };
  } catch (error) {
    await bus.close();
    throw error;
  }
}
