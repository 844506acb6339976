import { errorCodes } from '../errors/error-codes.js';
import type { EventContract, RequestContract } from '../messages/contract.js';
import { definitionsOf, type JsonSchema, schemaOf } from './json-schemas.js';
import type { GeneratedFile } from './schema-files.js';

const note = '<!-- Made by `npm run generate` from the contracts: change those, not this file. -->';

/** What travels on the bus, for whoever subscribes or asks with the stock `nats` CLI. */
export function eventsDoc(events: readonly EventContract[], requests: readonly RequestContract[]): GeneratedFile {
  const eventParts = events.flatMap((contract) => [
    `### ${contract.name}`,
    '',
    `${sentence(contract.summary)} Published by ${contract.service}; consumed by ${contract.consumers.join(', ') || 'nobody in the house'}.`,
    '',
    `\`dr.<estate>.event.${contract.service}.${contract.eventName}.<entity>\`, type \`${contract.type}\``,
    '',
    ...fieldTable(schemaOf(contract.name)),
    '',
  ]);
  const requestParts = requests.flatMap((contract) => [
    `### ${contract.service} ${contract.verb}`,
    '',
    `${sentence(contract.summary)} A ${contract.kind}; answered with ${contract.reply.name}${dryRunNote(contract)}.`,
    '',
    `\`dr.<estate>.${contract.kind}.${contract.service}.${contract.verb}\``,
    '',
    ...fieldTable(schemaOf(contract.name)),
    '',
  ]);
  const lines = [
    note,
    '',
    '# Events, commands and queries',
    '',
    'Events are CloudEvents 1.0 in binary mode: `ce-*` headers and a JSON body. Fields that are not marked optional are always',
    'there. Times are RFC 3339 in UTC, durations end in `Ms`, sizes in `Bytes`.',
    '',
    '## Events',
    '',
    ...eventParts,
    '## Commands and queries',
    '',
    ...requestParts,
    '## Parts',
    '',
    ...parts(events, requests),
  ];
  return { path: 'docs/events.md', text: `${lines.join('\n').trimEnd()}\n` };
}

export function errorsDoc(): GeneratedFile {
  const rows = Object.entries(errorCodes).map(
    ([code, { status, retryable, meaning, hint }]) =>
      `| \`${code}\` | ${status} | ${retryable ? 'yes' : 'no'} | ${meaning} | ${hint} |`,
  );
  const lines = [
    note,
    '',
    '# Errors',
    '',
    'A refused request is answered with the headers `Nats-Service-Error-Code` (the number) and `Nats-Service-Error` (a text for',
    'people), and with the body `{"code", "message", "hint", "retryable", "details": [{"path", "problem"}]}`. Match on `code`; texts may change.',
    '',
    '| code | number | trying again can help | meaning | what to do |',
    '|---|---|---|---|---|',
    ...rows,
  ];
  return { path: 'docs/errors.md', text: `${lines.join('\n')}\n` };
}

/** Every key an estate file may have, with what may stand there. */
export function estateDoc(): GeneratedFile {
  const estate = schemaOf('Estate');
  const sections = Object.entries(definitionsOf(estate)).flatMap(([name, schema]) => [
    `### ${name}`,
    '',
    ...fieldTable(schema),
    '',
  ]);
  const lines = [
    note,
    '',
    '# The estate file',
    '',
    'One YAML file for all services; its path is in `DR_ESTATE`. `npm run estate:check FILE` names every problem with line and column.',
    'A running example is `lab/estate.yaml`; the reference estate is `docs/examples/novacron.estate.yaml`.',
    '',
    '- A duration is a number and `ms`, `s`, `m`, `h` or `d`: `250ms`, `15m`, `1.2h`.',
    '- A secret stands elsewhere: `{env: NAME}` or `{file: PATH}`. Paths start from the folder of the estate file.',
    '- A command is a list of a program and its arguments, run without a shell in the folder of the estate file.',
    '- Checked, and not acted on by this version: `clusters`, `filesystems`, `objectStorage`, `images`, `secrets`, `runbooks`, `drills`,',
    '  `routing.cdn`, `objectives.estimates`, `managed` of a database,',
    '  `synchronization` and `tasks` of a restoration.',
    '',
    '## Top level',
    '',
    ...fieldTable(estate),
    '',
    '## Parts',
    '',
    ...sections,
  ];
  return { path: 'docs/estate.md', text: `${lines.join('\n').trimEnd()}\n` };
}

function dryRunNote({ dryRunReply }: RequestContract): string {
  return dryRunReply === undefined ? '' : `, with \`dryRun\` with ${dryRunReply.name}`;
}

function parts(events: readonly EventContract[], requests: readonly RequestContract[]): string[] {
  const names = [
    ...events.map((contract) => contract.name),
    ...requests.flatMap((contract) => [contract.name, contract.reply.name]),
  ];
  const found = new Map(names.flatMap((name) => Object.entries(definitionsOf(schemaOf(name)))));
  for (const { reply } of requests) found.set(reply.name, schemaOf(reply.name));
  return [...found]
    .toSorted(([a], [b]) => a.localeCompare(b))
    .flatMap(([name, schema]) => [`### ${name}`, '', ...fieldTable(schema), '']);
}

function fieldTable(schema: JsonSchema): string[] {
  const fields = Object.entries(schema.properties ?? {});
  if (fields.length === 0) return ['No fields.'];
  const required = new Set(schema.required ?? []);
  const rows = fields.map(
    ([name, field]) => `| \`${name}\` | ${typeText(field)} | ${required.has(name) ? '' : 'optional'} |`,
  );
  return ['| field | what | |', '|---|---|---|', ...rows];
}

function typeText(field: JsonSchema): string {
  if (field.$ref !== undefined) return `[${refName(field.$ref)}](#${refName(field.$ref).toLowerCase()})`;
  if (field.items !== undefined) return `list of ${typeText(field.items)}`;
  const values = field['enum'];
  if (Array.isArray(values)) return values.map((value) => `\`${String(value)}\``).join(', ');
  if (field['oneOf'] !== undefined) return 'secret: `{env: NAME}` or `{file: PATH}`';
  if (field['format'] === 'date-time') return 'time';
  if (typeof field['pattern'] === 'string' && field['pattern'].includes('ms|s|m|h|d')) return 'duration';
  if (typeof field['pattern'] === 'string' && field['pattern'].startsWith('^[A-Za-z0-9]')) return 'name';
  if (field['minimum'] === 0 && field['maximum'] === 1) return 'number from 0 to 1';
  return field.type === 'integer' ? 'whole number' : (field.type ?? 'any');
}

function refName(ref: string): string {
  return ref.slice(ref.lastIndexOf('/') + 1);
}

function sentence(summary: string): string {
  return `${summary.charAt(0).toUpperCase()}${summary.slice(1)}.`;
}
