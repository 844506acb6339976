import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { fixtureFolder } from '../generate/fixture-files.js';
import { definitionsOf, type JsonSchema, schemaOf } from '../generate/json-schemas.js';
import { sampleOf } from '../generate/sample.js';
import { messageSchemaFiles } from '../generate/schema-files.js';
import type { Message, MessageClass } from '../messages/message.js';
import { eventContractByType, eventContracts, requestContracts } from '../messages/registry.js';
import type { Strictness } from '../messages/valid-instance.js';
import { validate } from '../messages/validate.js';
import { breakingChanges } from './breaking-changes.js';

const home = join(import.meta.dirname, '../..');
const fixtures = join(home, 'fixtures');
const released = join(home, 'released');
const replies = [...new Map(requestContracts.map(({ reply }) => [reply.name, reply])).values()];

/** How the house reads a fixture's folder today, undefined where nobody reads it any more. */
function readerOf(folder: string): { type: MessageClass<Message>; strictness: Strictness } | undefined {
  const event = eventContractByType(folder);
  if (event !== undefined) return { type: event.class, strictness: 'tolerant' };
  const asked = requestContracts.find((contract) => fixtureFolder.request(contract) === folder);
  if (asked !== undefined) return { type: asked.class, strictness: 'strict' };
  const reply = replies.find((type) => fixtureFolder.reply(type.name) === folder);
  return reply === undefined ? undefined : { type: reply, strictness: 'tolerant' };
}

const read = (...path: string[]): unknown => JSON.parse(readFileSync(join(...path), 'utf8'));
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

describe('yesterday’s messages', () => {
  const cases = readdirSync(fixtures).flatMap((folder) =>
    readdirSync(join(fixtures, folder)).map((file): [string, string] => [folder, file]),
  );

  it.each(cases)('%s %s is read today with nothing dropped', (folder, file) => {
    const reader = readerOf(folder);
    if (reader === undefined) throw new Error(`${folder} was sent once, and no contract reads it`);
    const value = read(fixtures, folder, file);
    expect(plain(validate(reader.type, value, reader.strictness))).toEqual(value);
  });

  it('are kept for every message of today', () => {
    const wanted = [
      ...eventContracts.map(fixtureFolder.event),
      ...requestContracts.map(fixtureFolder.request),
      ...replies.map((type) => fixtureFolder.reply(type.name)),
    ];
    expect(wanted.filter((folder) => !existsSync(join(fixtures, folder, 'full.json')))).toEqual([]);
  });
});

describe('today’s messages', () => {
  const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: false });
  const today = new Map(
    messageSchemaFiles(eventContracts, requestContracts).map(({ path, text }) => [
      path.slice(path.lastIndexOf('/') + 1),
      JSON.parse(text) as JsonSchema,
    ]),
  );
  const asked = new Set(requestContracts.map((contract) => `${contract.name}.json`));
  const promises = readdirSync(released).flatMap((version) =>
    readdirSync(join(released, version)).map((file): [string, string] => [version, file]),
  );

  it.each(promises)('keep what version %s promised in %s', (version, file) => {
    const before = read(released, version, file) as JsonSchema;
    const now = today.get(file);
    if (now === undefined) throw new Error(`${file} was promised, and is gone: keep it beside its new version`);
    expect(breakingChanges(before, now, asked.has(file) ? 'accepting' : 'exact')).toEqual([]);
  });

  it.each(promises.filter(([, file]) => !asked.has(file)))('are valid under version %s of %s', (version, file) => {
    // Readers drop fields that they do not know, so that yesterday's schema is taken as open.
    const before = JSON.parse(
      readFileSync(join(released, version, file), 'utf8').replaceAll(/,\s*"additionalProperties": false/gu, ''),
    ) as JsonSchema;
    const name = file.replace(/(?:\.v\d+)?\.json$/u, '');
    const schema = schemaOf(name);
    const check = ajv.compile(before);
    for (const kind of ['full', 'minimal'] as const) {
      check(sampleOf(schema, definitionsOf(schema), kind));
      expect(check.errors ?? []).toEqual([]);
    }
  });

  it('were promised for every message there is', () => {
    const promised = new Set(promises.map(([, file]) => file));
    expect([...today.keys()].filter((file) => !promised.has(file))).toEqual([]);
  });
});
