import { setTimeout as sleep } from 'node:timers/promises';
import { AuthorizationError, type ConnectionOptions, type NatsConnection } from '@nats-io/nats-core';
import { connect as connectNode } from '@nats-io/transport-node';
import { DrError } from '@novacron/contracts';
import type { Logger } from '../logger.js';
import { assertServerVersion } from './server-version.js';

export interface ConnectSettings {
  /** One URL, or several of one cluster separated by commas. */
  readonly url: string;
  readonly options?: Readonly<ConnectionOptions>;
  readonly service: string;
  readonly instance: string;
  readonly logger: Logger;
  /** How long to wait for the first connection. Default 30 s. */
  readonly connectTimeoutMs?: number;
}

/**
 * A connection that comes back for ever once it stood. Dead links are noticed within some six seconds by pings, also where
 * the server's process hangs and its socket stays open.
 * @throws DrError BUS_UNAVAILABLE when no server answers in time, INVALID_CONFIG when it refuses the credentials,
 * UNSUPPORTED_SERVER when it is too old.
 */
export async function connect(settings: ConnectSettings): Promise<NatsConnection> {
  const connection = await firstConnection(settings);
  try {
    assertServerVersion(connection);
  } catch (error) {
    await connection.close();
    throw error;
  }
  return connection;
}

function optionsOf(settings: ConnectSettings): ConnectionOptions {
  return {
    servers: settings.url.split(',').map((url) => url.trim()),
    name: `${settings.service}/${settings.instance}`,
    // Inboxes of its own, so that permissions can keep a service from reading another's replies.
    inboxPrefix: `_INBOX_${settings.service}`,
    maxReconnectAttempts: -1,
    ignoreAuthErrorAbort: true,
    reconnectTimeWait: 200,
    reconnectJitter: 200,
    pingInterval: 2_000,
    maxPingOut: 2,
    timeout: 5_000,
    // A stack for each request is a tenth of a busy service's time; our errors say what was asked of whom.
    noAsyncTraces: true,
    ...settings.options,
  };
}

async function firstConnection(settings: ConnectSettings): Promise<NatsConnection> {
  const deadline = performance.now() + (settings.connectTimeoutMs ?? 30_000);
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await connectNode(optionsOf(settings));
    } catch (error) {
      if (error instanceof AuthorizationError) {
        throw new DrError('INVALID_CONFIG', 'NATS refuses our credentials', {
          hint: 'check the user, key or credentials file in the connection options',
          cause: error,
        });
      }
      if (performance.now() >= deadline) {
        throw new DrError('BUS_UNAVAILABLE', 'no NATS server answers', { cause: error });
      }
      // The first says it, later ones seldom: whoever reads the log wants to see the rest of it, too.
      if (attempt === 1 || attempt % 20 === 0)
        settings.logger.warn('waiting for NATS', { reason: error instanceof Error ? error.message : String(error) });
      await sleep(250 + Math.random() * 250);
    }
  }
}
