import type { EventContract, RequestContract } from '../messages/contract.js';
import { definitionsOf, schemaOf } from './json-schemas.js';
import { sampleOf } from './sample.js';
import { type GeneratedFile, json } from './schema-files.js';

/** Where the messages of one kind are kept: an event's by its `ce-type`, a request's by its place on the bus. */
export const fixtureFolder = {
  event: (contract: EventContract): string => contract.type,
  request: (contract: RequestContract): string => `${contract.kind}.${contract.service}.${contract.verb}`,
  reply: (name: string): string => `reply.${name}`,
} as const;

/**
 * Messages as they are today, for kinds that have none yet. They are golden: what is written once is never made again, so that
 * each version of the house must read what the one before wrote.
 */
export function fixtureFiles(events: readonly EventContract[], requests: readonly RequestContract[]): GeneratedFile[] {
  const replies = new Set(requests.map(({ reply }) => reply.name));
  return [
    ...events.flatMap((contract) => pair(fixtureFolder.event(contract), contract.name)),
    ...requests.flatMap((contract) => pair(fixtureFolder.request(contract), contract.name)),
    ...[...replies].flatMap((name) => pair(fixtureFolder.reply(name), name)),
  ];
}

function pair(folder: string, name: string): GeneratedFile[] {
  const schema = schemaOf(name);
  const definitions = definitionsOf(schema);
  return (['full', 'minimal'] as const).map((kind) => ({
    path: `libs/contracts/fixtures/${folder}/${kind}.json`,
    text: json(sampleOf(schema, definitions, kind)),
  }));
}
