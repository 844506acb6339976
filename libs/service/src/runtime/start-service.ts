import { rename, writeFile } from 'node:fs/promises';
import type { INestApplication, Provider } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Bus, connectStrategy, Epochs, JetStreamStrategy, Leases } from '@novacron/bus';
import type { ServiceName } from '@novacron/contracts';
import { type ConfigClass, type Environment, loadConfig } from '../config/load-config.js';
import { ServiceConfig } from '../config/service-config.js';
import { LoadedEstate } from '../estate/loaded-estate.js';
import { Secrets } from '../estate/secrets.js';
import { Metrics } from '../health/metrics.js';
import { Readiness } from '../health/readiness.js';
import { JsonLogger } from '../logging/json-logger.js';
import { NestLogger } from '../logging/nest-logger.js';
import { listenFailure } from './failure.js';
import { type House, openHouse } from './house.js';
import { type AppModule, rootModule } from './service-module.js';
import { houseVersion } from './version.js';

export interface ServiceSettings<C extends ServiceConfig = ServiceConfig> {
  readonly name: ServiceName;
  readonly module: AppModule;
  /** A config with more variables; what is injected as this class and as {@link ServiceConfig}. */
  readonly config?: ConfigClass<C>;
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
 * Brings a service up: config, estate, bus, Nest with its handlers on JetStream, HTTP. When this resolves it takes work.
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
  const house = await openHouse(settings.name, config, logger, environment);
  try {
    const providers = providersOf(house, config, configClass, logger);
    const strategy = new JetStreamStrategy({ bus: house.bus, version: houseVersion });
    const { app, url } = await openApp(settings.module, config, strategy, logger, providers);
    logger.info('service is ready', { url, estate: house.estate.name, estateHash: house.estate.hash });
    return { app, bus: house.bus, config, logger, url, stop: (signal) => stop(app, strategy, house, signal) };
  } catch (error) {
    await house.bus.close();
    throw error;
  }
}

async function openApp(
  appModule: AppModule,
  config: ServiceConfig,
  strategy: JetStreamStrategy,
  logger: JsonLogger,
  providers: Provider[],
): Promise<{ app: INestApplication; url: string }> {
  const app = await NestFactory.create(rootModule(appModule, providers), {
    logger: new NestLogger(logger),
    abortOnError: false,
    forceCloseConnections: true,
    // What a provider signs is the body as it sent it.
    rawBody: true,
  });
  try {
    connectStrategy(app, strategy);
    await app.init();
    await app.startAllMicroservices();
    await app.listen(config.httpPort, config.httpHost).catch((error: unknown) => {
      throw listenFailure(error, config.httpHost, config.httpPort);
    });
    const { port } = app.getHttpServer().address() as { readonly port: number };
    if (config.httpPortFile !== undefined) await writePort(config.httpPortFile, port);
    const host = config.httpHost.includes(':') ? `[${config.httpHost}]` : config.httpHost;
    return { app, url: `http://${host}:${port}` };
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

async function stop(app: INestApplication, strategy: JetStreamStrategy, house: House, signal?: string): Promise<void> {
  house.readiness.stop();
  // Before Nest's own order, which takes providers apart while messages still come.
  await strategy.close();
  await (app as { close(signal?: string): Promise<void> }).close(signal);
  await house.bus.close();
}

/** Atomically, as whoever waits for the file reads it at once. */
async function writePort(file: string, port: number): Promise<void> {
  await writeFile(`${file}.part`, `${port}\n`);
  await rename(`${file}.part`, file);
}
