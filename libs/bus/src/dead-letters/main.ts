import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { ConnectionOptions } from '@nats-io/nats-core';
import { DrError } from '@novacron/contracts';
import { Bus } from '../bus.js';
import { silentLogger } from '../logger.js';
import { runCommand, usage } from './command.js';
import { DeadLetters } from './dead-letters.js';

interface Place {
  readonly url: string;
  readonly options: ConnectionOptions;
}

/** Where the bus is: `DR_NATS_URL` with `DR_NATS_OPTIONS` (JSON), else the running lab of this folder or one above it. */
function findBus(environment: NodeJS.ProcessEnv): Place {
  const url = environment['DR_NATS_URL'];
  if (url !== undefined && url !== '') {
    return { url, options: JSON.parse(environment['DR_NATS_OPTIONS'] ?? '{}') as ConnectionOptions };
  }
  for (let folder = process.cwd(); ; folder = dirname(folder)) {
    try {
      return (JSON.parse(readFileSync(join(folder, '.lab', 'lab.json'), 'utf8')) as { nats: Place }).nats;
    } catch {
      if (dirname(folder) !== folder) continue;
      throw new DrError('INVALID_CONFIG', 'no bus is named and no lab is running', { hint: 'set DR_NATS_URL' });
    }
  }
}

async function main(): Promise<number> {
  if (process.argv.length < 3) {
    console.log(usage);
    return 2;
  }
  const { url, options } = findBus(process.env);
  const bus = await Bus.connect({
    url,
    options,
    service: 'dead-letters',
    instance: String(process.pid),
    estate: 'any',
    logger: silentLogger,
    connectTimeoutMs: 5_000,
  });
  try {
    console.log(await runCommand(await DeadLetters.open(bus), process.argv.slice(2)));
    return 0;
  } finally {
    await bus.close();
  }
}

try {
  process.exitCode = await main();
} catch (error) {
  const { code, message, hint } = DrError.from(error);
  console.error(`${code}: ${message}\nHINT: ${hint}`);
  process.exitCode = 1;
}
