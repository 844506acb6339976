import type { LoggerService } from '@nestjs/common';
import type { JsonLogger } from './json-logger.js';

/** Nest tells of every route and module it sets up; that is of interest to who debugs Nest. */
const chatty = new Set([
  'InstanceLoader',
  'NestApplication',
  'NestFactory',
  'NestMicroservice',
  'RouterExplorer',
  'RoutesResolver',
]);

/** Nest's own messages as lines of our log. */
export class NestLogger implements LoggerService {
  constructor(private readonly logger: JsonLogger) {}

  log(message: unknown, ...parameters: unknown[]): void {
    const context = contextOf(parameters);
    if (chatty.has(context ?? '')) this.logger.debug(String(message), { context });
    else this.logger.info(String(message), { context });
  }

  error(message: unknown, ...parameters: unknown[]): void {
    const context = contextOf(parameters);
    const stack = parameters.length > 1 && typeof parameters[0] === 'string' ? parameters[0] : undefined;
    const error = [message, ...parameters].find((one) => one instanceof Error);
    this.logger.error(message instanceof Error ? message.message : String(message), { context, error, stack });
  }

  warn(message: unknown, ...parameters: unknown[]): void {
    this.logger.warn(String(message), { context: contextOf(parameters) });
  }

  debug(message: unknown, ...parameters: unknown[]): void {
    this.logger.debug(String(message), { context: contextOf(parameters) });
  }

  verbose(message: unknown, ...parameters: unknown[]): void {
    this.debug(message, ...parameters);
  }

  fatal(message: unknown, ...parameters: unknown[]): void {
    this.error(message, ...parameters);
  }
}

/** Nest passes the context last. */
function contextOf(parameters: readonly unknown[]): string | undefined {
  const last = parameters.at(-1);
  return typeof last === 'string' ? last : undefined;
}
