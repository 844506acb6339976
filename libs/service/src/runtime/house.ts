import { Bus, Epochs, Leases, provisionBus } from '@novacron/bus';
import type { ServiceName } from '@novacron/contracts';
import type { Environment } from '../config/load-config.js';
import type { ServiceConfig } from '../config/service-config.js';
import { type LoadedEstate, loadEstate } from '../estate/loaded-estate.js';
import { Secrets } from '../estate/secrets.js';
import { Metrics } from '../health/metrics.js';
import { Readiness } from '../health/readiness.js';
import type { JsonLogger } from '../logging/json-logger.js';

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

/**
 * Loads the estate, joins the bus and sees to it that its streams are there.
 * @throws DrError INVALID_ESTATE, INVALID_CONFIG, BUS_UNAVAILABLE, UNSUPPORTED_SERVER, CONFLICT.
 */
export async function openHouse(
  name: ServiceName,
  config: ServiceConfig,
  logger: JsonLogger,
  environment: Environment,
): Promise<House> {
  const estate = await loadEstate(config.estate);
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
    const readiness = new Readiness();
    readiness.add('bus', () => (bus.connected ? undefined : 'not connected to NATS'));
    return {
      estate,
      secrets: new Secrets(estate.folder, environment, logger.redactor),
      bus,
      leases: await Leases.open({ connection: bus.connection, estate: estate.name, logger }),
      epochs: await Epochs.open(bus.connection, estate.name),
      readiness,
      metrics: new Metrics({ service: name, instance: config.serviceInstance, estateHash: estate.hash }),
    };
  } catch (error) {
    await bus.close();
    throw error;
  }
}
