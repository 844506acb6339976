import { rename, writeFile } from 'node:fs/promises';
import type { RequestListener } from 'node:http';
import type { INestApplication, Provider } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Bus, connectStrategy, Epochs, JetStreamStrategy, Leases } from '@novacron/bus';
import type { ServiceName } from '@novacron/contracts';
import { type ConfigClass, type Environment, loadConfig } from '../config/load-config.js';
import { ServiceConfig } from '../config/service-config.js';
import { LoadedEstate, loadEstate } from '../estate/loaded-estate.js';
import { Secrets } from '../estate/secrets.js';
import { Metrics } from '../health/metrics.js';
import { Readiness } from '../health/readiness.js';
import { JsonLogger } from '../logging/json-logger.js';
import { NestLogger } from '../logging/nest-logger.js';
import { type House, openHouse } from './house.js';
import { HttpDoor } from './http-door.js';
import { beforeTheBus, type Meanwhile } from './meanwhile.js';
import { type AppModule, rootModule } from './service-module.js';
import { houseVersion } from './version.js';

export interface ServiceSettings<C extends ServiceConfig = ServiceConfig> {
  readonly name: ServiceName;
  readonly module: AppModule;
  /** A config with more variables; what is injected as this class and as {@link ServiceConfig}. */
  readonly config?: ConfigClass<C>;
  /**
   * For a service that is of use without a bus: what it answers over HTTP until it has one, for which it then waits as long as it
   * takes. Others give up after half a minute.
   */
  readonly meanwhile?: Meanwhile;
  readonly environment?: Environment;
  readonly logger?: JsonLogger;
}

/** A service at work, as its process or a test holds it. */
export interface RunningService {
  readonly app: INestApplication;
  readonly bus: Bus;
  readonly config: ServiceConfig;
  readonly logger: JsonLogger;
  /** Such as `http://127.0.0.1:41234`. */
  readonly url: string;
  /** Takes nothing new, finishes what it holds, leaves the bus. */
  stop(signal?: string): Promise<void>;
}

/**
 * Brings a service up: config, estate, its HTTP port, bus, Nest with its handlers on JetStream. When this resolves it takes work.
 * A provider may inject `Bus`, `LoadedEstate`, `Secrets`, `Leases`, `Epochs`, `JsonLogger`, `Readiness`, `Metrics`,
 * `ServiceConfig` and the service's own config class. Its `onApplicationBootstrap` is done before the first message comes,
 * its `onModuleDestroy` begins after the last one is finished.
 * @throws DrError naming what is wrong; nothing is left open then.
 */
export async function startService<C extends ServiceConfig>(settings: ServiceSettings<C>): Promise<RunningService> {
  const environment = settings.environment ?? process.env;
  const configClass: ConfigClass<ServiceConfig> = settings.config ?? ServiceConfig;
  const config = loadConfig(configClass, environment);
  const fields = { service: settings.name, instance: config.serviceInstance };
  const logger = settings.logger ?? new JsonLogger({ level: config.logLevel, fields });
  const estate = await loadEstate(config.estate);
  const door = await HttpDoor.open(
    config.httpHost,
    config.httpPort,
    beforeTheBus(settings.meanwhile?.(estate, logger)),
  );
  const left: (() => Promise<void>)[] = [() => door.close()];
  try {
    const secrets = new Secrets(estate.folder, environment, logger.redactor);
    const opening = { name: settings.name, config, logger, estate, secrets };
    const house = await openHouse(opening, settings.meanwhile === undefined ? 'for a while' : 'for ever');
    left.push(() => house.bus.close());
    const strategy = new JetStreamStrategy({ bus: house.bus, version: houseVersion });
    const app = await openApp(settings.module, strategy, logger, providersOf(house, config, configClass, logger));
    left.push(() => app.close());
    door.passTo(app.getHttpAdapter().getInstance() as RequestListener);
    if (config.httpPortFile !== undefined) await writePort(config.httpPortFile, door.port);
    const { url } = door;
    logger.info('service is ready', { url, estate: house.estate.name, estateHash: house.estate.hash });
    return { app, bus: house.bus, config, logger, url, stop: (signal) => stop({ app, strategy, house, door }, signal) };
  } catch (error) {
    for (const leave of left.toReversed()) await leave();
    throw error;
  }
}

async function openApp(
  appModule: AppModule,
  strategy: JetStreamStrategy,
  logger: JsonLogger,
  providers: Provider[],
): Promise<INestApplication> {
  const app = await NestFactory.create(rootModule(appModule, providers), {
    logger: new NestLogger(logger),
    abortOnError: false,
    // What a provider signs is the body as it sent it.
    rawBody: true,
  });
  try {
    connectStrategy(app, strategy);
    await app.init();
    await app.startAllMicroservices();
    return app;
  } catch (error) {
    await app.close();
    throw error;
  }
}

function providersOf(
  house: House,
  config: ServiceConfig,
  configClass: ConfigClass<ServiceConfig>,
  logger: JsonLogger,
): Provider[] {
  const own = configClass === ServiceConfig ? [] : [{ provide: configClass, useValue: config }];
  return [
    ...own,
    { provide: ServiceConfig, useValue: config },
    { provide: JsonLogger, useValue: logger },
    { provide: LoadedEstate, useValue: house.estate },
    { provide: Secrets, useValue: house.secrets },
    { provide: Bus, useValue: house.bus },
    { provide: Leases, useValue: house.leases },
    { provide: Epochs, useValue: house.epochs },
    { provide: Readiness, useValue: house.readiness },
    { provide: Metrics, useValue: house.metrics },
  ];
}

interface Standing {
  readonly app: INestApplication;
  readonly strategy: JetStreamStrategy;
  readonly house: House;
  readonly door: HttpDoor;
}

async function stop({ app, strategy, house, door }: Standing, signal?: string): Promise<void> {
  house.readiness.stop();
  // Before Nest's own order, which takes providers apart while messages still come.
  await strategy.close();
  await door.close();
  await (app as { close(signal?: string): Promise<void> }).close(signal);
  await house.bus.close();
}

/** Atomically, as whoever waits for the file reads it at once. */
async function writePort(file: string, port: number): Promise<void> {
  await writeFile(`${file}.part`, `${port}\n`);
  await rename(`${file}.part`, file);
}
