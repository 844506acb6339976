import type { ServiceName } from '@novacron/contracts';
import { Bus } from '../bus.js';
import { silentLogger } from '../logger.js';
import { provisionBus } from '../provisioning/provision.js';
import { testRegistry } from './contracts.js';

export const testEstate = 'test';

/** A bus with the tests' own messages; the streams are provisioned unless said otherwise. */
export async function connectTestBus(
  url: string,
  options: { readonly service?: ServiceName; readonly instance?: string; readonly replicas?: number } = {},
): Promise<Bus> {
  const bus = await Bus.connect({
    url,
    service: options.service ?? 'failover',
    instance: options.instance ?? '1',
    estate: testEstate,
    logger: silentLogger,
    registry: testRegistry,
  });
  const replicas = options.replicas;
  await provisionBus(bus.connection, {
    estate: testEstate,
    registry: testRegistry,
    ...(replicas === undefined ? {} : { replicas }),
  });
  return bus;
}
