import { setTimeout as sleep } from 'node:timers/promises';
import {
  type ConsumerConfig,
  JetStreamApiCodes,
  JetStreamApiError,
  type JetStreamManager,
  jetstreamManager,
  type StreamConfig,
} from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/nats-core';
import { buckets, DrError, streams } from '@novacron/contracts';
import { assertServerVersion } from '../connection/server-version.js';
import { type ContractRegistry, houseRegistry } from '../contracts/contract-registry.js';
import { publishFailure } from '../publishing/publish-failure.js';
import { advisoryConsumerConfig, bucketConfig, eventConsumerConfig, streamConfig } from './declarations.js';
import { type Difference, destructive, differences } from './difference.js';

export interface ProvisionSettings {
  readonly estate: string;
  /** Copies of each stream: 3 where there are three servers. Left as it is on what exists where absent, else 1. */
  readonly replicas?: number;
  readonly registry?: ContractRegistry;
  /** How long to go on while the servers elect leaders or start. Default 30 s. */
  readonly timeoutMs?: number;
}

export interface Provisioned {
  readonly created: readonly string[];
  readonly updated: readonly string[];
}

/** No place for the copies: so says a cluster whose servers do not all know each other yet. */
const noPeers = 10005;

/** What the server answers while another client makes the same thing, or has just made it. */
const racing = new Set([10013, 10058, 10105, 10148]);

/**
 * Makes every stream, bucket and consumer as declared, whoever else does so at the same time. What exists is compared and
 * updated only where that loses nothing.
 * @throws DrError CONFLICT that names each destructive difference (field, found, wanted); nothing of that stream or consumer
 * was changed. BUS_UNAVAILABLE when the servers did not answer in time, UNSUPPORTED_SERVER when they are too old.
 */
export async function provisionBus(connection: NatsConnection, settings: ProvisionSettings): Promise<Provisioned> {
  assertServerVersion(connection);
  const manager = await jetstreamManager(connection, { checkAPI: false, timeout: 5_000 });
  return new Provisioner(manager, settings).run();
}

class Provisioner {
  private readonly created: string[] = [];
  private readonly updated: string[] = [];
  private readonly deadline: number;

  constructor(
    private readonly manager: JetStreamManager,
    private readonly settings: ProvisionSettings,
  ) {
    this.deadline = performance.now() + (settings.timeoutMs ?? 30_000);
  }

  async run(): Promise<Provisioned> {
    for (const contract of Object.values(streams)) await this.stream(streamConfig(contract));
    for (const contract of Object.values(buckets)) await this.stream(bucketConfig(contract));
    const consumers = (this.settings.registry ?? houseRegistry).events.flatMap((contract) =>
      contract.consumers.map((service) => eventConsumerConfig(this.settings.estate, service, contract)),
    );
    await Promise.all(consumers.map((config) => this.consumer(streams.events.name, config)));
    await this.consumer(streams.advisories.name, advisoryConsumerConfig());
    return { created: this.created, updated: this.updated };
  }

  private async stream(declared: Partial<StreamConfig> & { name: string }): Promise<void> {
    const { replicas } = this.settings;
    const wanted = replicas === undefined ? declared : { ...declared, num_replicas: replicas };
    await this.patiently(declared.name, async () => {
      const found = await absentAsUndefined(this.manager.streams.info(declared.name));
      if (found === undefined) {
        await this.manager.streams.add({ num_replicas: 1, ...wanted });
        this.created.push(declared.name);
        return;
      }
      const changed = compare('stream', declared.name, { ...found.config }, wanted);
      if (changed.length === 0) return;
      await this.manager.streams.update(declared.name, { ...found.config, ...wanted });
      this.updated.push(declared.name);
    });
  }

  private async consumer(stream: string, wanted: Partial<ConsumerConfig>): Promise<void> {
    const name = wanted.durable_name ?? '';
    await this.patiently(name, async () => {
      const found = await absentAsUndefined(this.manager.consumers.info(stream, name));
      if (found === undefined) {
        await this.manager.consumers.add(stream, wanted);
        this.created.push(name);
        return;
      }
      const changed = compare('consumer', name, { ...found.config }, { ...wanted });
      if (changed.length === 0) return;
      await this.manager.consumers.update(stream, name, wanted);
      this.updated.push(name);
    });
  }

  /** Repeats the look and the change while others race us or leaders are being elected. */
  private async patiently(name: string, attempt: () => Promise<void>): Promise<void> {
    for (;;) {
      try {
        return await attempt();
      } catch (error) {
        if (DrError.is(error)) throw error;
        const transient =
          !(error instanceof JetStreamApiError) ||
          error.status >= 500 ||
          racing.has(error.code) ||
          error.code === noPeers ||
          error.code === 10059;
        if (!transient || performance.now() > this.deadline) throw provisionFailure(name, error);
        await sleep(50 + Math.random() * 200);
      }
    }
  }
}

async function absentAsUndefined<T>(info: Promise<T>): Promise<T | undefined> {
  try {
    return await info;
  } catch (error) {
    const absent: readonly number[] = [JetStreamApiCodes.StreamNotFound, JetStreamApiCodes.ConsumerNotFound];
    if (error instanceof JetStreamApiError && absent.includes(error.code)) return undefined;
    throw error;
  }
}

function compare(
  kind: 'stream' | 'consumer',
  name: string,
  found: Readonly<Record<string, unknown>>,
  wanted: Readonly<Record<string, unknown>>,
): Difference[] {
  const changed = differences(found, wanted);
  const refused = destructive(kind, changed);
  if (refused.length === 0) return changed;
  throw new DrError('CONFLICT', `${kind} ${name} differs in ${refused.map((one) => one.field).join(', ')}`, {
    hint: `decide by hand: move its messages, remove the ${kind} and let it be made again, or bring back the declaration`,
    details: refused.map((one) => ({
      path: `${name}.${one.field}`,
      problem: `found ${JSON.stringify(one.found)}, wanted ${JSON.stringify(one.wanted)}`,
    })),
  });
}

function provisionFailure(name: string, error: unknown): DrError {
  const failure = publishFailure(error, name);
  return new DrError(failure.code, `${name} could not be provisioned: ${failure.message}`, {
    retryable: failure.retryable,
    details: failure.details,
    cause: error,
  });
}
