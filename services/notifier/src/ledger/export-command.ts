/** `npm run ledger`: the ledger of notifications as lines of JSON, and whether it is as it was written; see `usage`. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import type { ConnectionOptions } from '@nats-io/nats-core';
import { Bus, silentLogger } from '@novacron/bus';
import { DrError } from '@novacron/contracts';
import { readSeals, recordsFrom } from './seals.js';
import { type LedgerVerdict, type PlacedRecord, verifyLedger } from './verify-ledger.js';

const usage = `npm run ledger -- [export|verify] [--incident ID]

  export   every state of every notification as a line of JSON, and last whether the ledger is as it was written (the default)
  verify   only whether it is: what disagrees, one line each

  --incident ID   only the lines of one incident; the whole ledger is verified all the same

The bus is that of the lab that runs in this folder or one above it; else set DR_NATS_URL, DR_NATS_OPTIONS (JSON) and DR_ESTATE_NAME.
Exit 0 when nothing disagrees, 1 when something does, 2 when the ledger could not be read.`;

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

/** What is asked for; undefined where it is help. @throws DrError INVALID_CONFIG for what there is not. */
function asked(): { readonly verifyOnly: boolean; readonly incident?: string } | undefined {
  const options = { incident: { type: 'string' }, help: { type: 'boolean', short: 'h' } } as const;
  try {
    const { values, positionals } = parseArgs({ options, allowPositionals: true });
    const [verb = 'export', ...more] = positionals;
    if (values.help === true || verb === 'help') return undefined;
    if (more.length > 0 || !['export', 'verify'].includes(verb))
      throw new Error(`there is no ${positionals.join(' ')}`);
    return { verifyOnly: verb === 'verify', ...(values.incident === undefined ? {} : { incident: values.incident }) };
  } catch (cause) {
    throw new DrError('INVALID_CONFIG', cause instanceof Error ? cause.message : String(cause), { hint: usage });
  }
}

async function main(): Promise<number> {
  const wanted = asked();
  if (wanted === undefined) {
    console.log(usage);
    return 0;
  }
  const { estate, nats } = place();
  const { url, options = {} } = nats;
  const bus = await Bus.connect({ url, options, service: 'ledger', instance: 'export', estate, logger: silentLogger });
  try {
    const records: PlacedRecord[] = [];
    for await (const placed of recordsFrom(bus.jetstream, estate, 1)) {
      records.push(placed);
      const other = wanted.incident !== undefined && placed.record.entry.incident !== wanted.incident;
      if (!wanted.verifyOnly && !other) console.log(JSON.stringify({ sequence: placed.sequence, ...placed.record }));
    }
    const verdict = verifyLedger(records, await readSeals(bus.jetstream, estate));
    console.log(wanted.verifyOnly ? inWords(verdict) : JSON.stringify({ verdict }));
    return verdict.problems.length === 0 ? 0 : 1;
  } finally {
    await bus.close();
  }
}

function inWords({ records, notifications, sealedRecords, problems }: LedgerVerdict): string {
  const counted = `${records} records of ${notifications} notifications, ${sealedRecords} of them sealed`;
  return problems.length === 0
    ? `the ledger is as it was written: ${counted}`
    : [`the ledger was changed: ${counted}`, ...problems.map((problem) => `  ${problem}`)].join('\n');
}

try {
  process.exitCode = await main();
} catch (cause) {
  const { message, hint } = DrError.from(cause);
  console.error(`ledger: ${message}${hint === undefined ? '' : `\n  ${hint}`}`);
  process.exitCode = 2;
}
