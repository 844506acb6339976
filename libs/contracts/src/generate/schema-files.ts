import type { EventContract, RequestContract } from '../messages/contract.js';
import { definitionsOf, type JsonSchema, schemaOf } from './json-schemas.js';

/** A file to write, by its path from the project's folder. */
export interface GeneratedFile {
  readonly path: string;
  readonly text: string;
}

const folder = 'libs/contracts/schemas';

/** One JSON Schema (draft-07) a message, and one of the estate file. */
export function schemaFiles(events: readonly EventContract[], requests: readonly RequestContract[]): GeneratedFile[] {
  return [...messageSchemaFiles(events, requests), file('Estate', 'the estate file', schemaOf('Estate'), false)];
}

/** An event is open to fields that it does not know, a request is not. */
export function messageSchemaFiles(
  events: readonly EventContract[],
  requests: readonly RequestContract[],
): GeneratedFile[] {
  const eventFiles = events.map((contract) =>
    file(`${contract.name}.v${contract.version}`, contract.summary, schemaOf(contract.name), true),
  );
  const requestNames = new Map(
    requests.flatMap((contract) => [
      [contract.name, contract.summary] as const,
      [contract.reply.name, 'a reply'] as const,
    ]),
  );
  const requestFiles = [...requestNames].map(([name, summary]) => file(name, summary, schemaOf(name), false));
  return [...eventFiles, ...requestFiles];
}

function file(title: string, description: string, schema: JsonSchema, open: boolean): GeneratedFile {
  const closed = open ? {} : { additionalProperties: false };
  const definitions = Object.fromEntries(
    Object.entries(definitionsOf(schema)).map(([name, part]) => [name, { ...part, ...closed }]),
  );
  const whole = {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title,
    description,
    ...schema,
    ...closed,
    definitions,
  };
  return { path: `${folder}/${title}.json`, text: json(whole) };
}

export function json(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}
