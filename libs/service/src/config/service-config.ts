import { hostname } from 'node:os';
import type { ConnectionOptions } from '@nats-io/nats-core';
import { IsIn, IsInt, IsObject, IsOptional, IsString, Matches, Max, Min, MinLength } from 'class-validator';
import { logLevels, type LogLevel } from '../logging/json-logger.js';
import { Sensitive } from './load-config.js';

/** What every service reads from its environment; a service with more extends it. */
export class ServiceConfig {
  /** `DR_ESTATE`: the estate file. */
  @MinLength(1, { message: 'must name the estate file' })
  estate!: string;

  /** `DR_NATS_URL`: one NATS URL, or several of one cluster separated by commas. */
  @Matches(/^(?:nats|tls|ws|wss):\/\/\S+$/u, { message: 'must be a URL such as nats://127.0.0.1:4222' })
  natsUrl!: string;

  /** `DR_NATS_OPTIONS` or `DR_NATS_OPTIONS_FILE`: JSON, what the connection needs besides (user, password, TLS files). */
  @IsOptional()
  @IsObject({ message: 'must be a JSON object' })
  @Sensitive()
  natsOptions?: ConnectionOptions;

  /** `DR_NATS_REPLICAS`: copies of each stream; 3 where there are three servers. */
  @IsOptional()
  @IsIn([1, 3, 5], { message: 'must be 1, 3 or 5' })
  natsReplicas?: number;

  /** `DR_HTTP_PORT` for health, metrics and the service's own pages; 0 takes a free one. */
  @IsInt({ message: 'must be a port number' })
  @Min(0, { message: 'must be a port number' })
  @Max(65_535, { message: 'must be a port number' })
  httpPort = 0;

  /** `DR_HTTP_HOST`: the address to listen on. */
  @IsString()
  @MinLength(1)
  httpHost = '127.0.0.1';

  /** `DR_HTTP_PORT_FILE`: where to write the port once it is open. */
  @IsOptional()
  @IsString()
  httpPortFile?: string;

  /** `DR_SERVICE_INSTANCE`: tells the processes of one service apart. */
  @Matches(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$/u, { message: 'must be letters, digits, dots, dashes or underscores' })
  serviceInstance = `${hostname()}-${process.pid}`;

  /** `DR_LOG_LEVEL` */
  @IsIn(logLevels, { message: `must be one of ${logLevels.join(', ')}` })
  logLevel: LogLevel = 'info';

  /** `DR_SHUTDOWN_MS`: how long to finish what is held when asked to stop. */
  @IsInt({ message: 'must be milliseconds' })
  @Min(100, { message: 'must be at least 100 milliseconds' })
  shutdownMs = 15_000;
}
