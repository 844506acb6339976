/**
 * `npm run ledger`: every state of every notification as a line of JSON, and last whether the ledger is as it was written.
 *
 *     npm run ledger -- [--incident ID]
 *
 * Exit 0 when nothing disagrees, 1 when something does or the bus cannot be reached.
 */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import type { ConnectionOptions } from '@nats-io/nats-core';
import { Bus, silentLogger } from '@novacron/bus';
import { DrError } from '@novacron/contracts';
import { readSeals, recordsFrom } from './seals.js';
import { type PlacedRecord, verifyLedger } from './verify-ledger.js';

interface Place {
  readonly estate: string;
  readonly nats: { readonly url: string; readonly options?: ConnectionOptions };
}

/** `DR_NATS_URL`, `DR_NATS_OPTIONS` (JSON) and `DR_ESTATE_NAME`; else the running lab of this folder or one above it. */
function place(): Place {
  const { DR_NATS_URL: url, DR_NATS_OPTIONS: options = '{}', DR_ESTATE_NAME: estate } = process.env;
  if (url !== undefined && estate !== undefined) {
    return { estate, nats: { url, options: JSON.parse(options) as ConnectionOptions } };
  }
  for (let folder = process.env['INIT_CWD'] ?? process.cwd(); ; folder = dirname(folder)) {
    try {
      return JSON.parse(readFileSync(join(folder, '.lab', 'lab.json'), 'utf8')) as Place;
    } catch {
      if (dirname(folder) !== folder) continue;
      throw new DrError('INVALID_CONFIG', 'no bus is named and no lab is running', {
        hint: 'set DR_NATS_URL and DR_ESTATE_NAME',
      });
    }
  }
}

async function main(): Promise<number> {
  const { values } = parseArgs({ options: { incident: { type: 'string' } } });
  const { estate, nats } = place();
  const { url, options = {} } = nats;
  const bus = await Bus.connect({ url, options, service: 'ledger', instance: 'export', estate, logger: silentLogger });
  try {
    const records: PlacedRecord[] = [];
    for await (const placed of recordsFrom(bus.jetstream, estate, 1)) {
      records.push(placed);
      if (values.incident !== undefined && placed.record.entry.incident !== values.incident) continue;
      console.log(JSON.stringify({ sequence: placed.sequence, ...placed.record }));
    }
    const verdict = verifyLedger(records, await readSeals(bus.jetstream, estate));
    console.log(JSON.stringify({ verdict }));
    return verdict.problems.length === 0 ? 0 : 1;
  } finally {
    await bus.close();
  }
}

try {
  process.exitCode = await main();
} catch (cause) {
  const { message, hint } = DrError.from(cause);
  console.error(`ledger: ${message}${hint === undefined ? '' : `\n  ${hint}`}`);
  process.exitCode = 1;
}
