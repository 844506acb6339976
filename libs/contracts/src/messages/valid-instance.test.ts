import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DrError } from '../errors/dr-error.js';
import { BackupCompleted } from './events/backup.js';
import type { Message, MessageClass } from './message.js';
import { eventContracts, requestContracts } from './registry.js';
import { Report } from './requests/replies.js';
import { instanceIfValid, type Strictness } from './valid-instance.js';
import { validate, validateThoroughly } from './validate.js';

const folder = join(import.meta.dirname, '../../fixtures');

/** Every golden message with its class. */
const goldens = [...eventContracts, ...requestContracts].flatMap((contract) => {
  const place = contract.kind === 'event' ? contract.type : `${contract.kind}.${contract.service}.${contract.verb}`;
  return readdirSync(join(folder, place)).map((file) => ({
    name: `${place} ${file}`,
    type: contract.class as MessageClass,
    value: JSON.parse(readFileSync(join(folder, place, file), 'utf8')) as Record<string, unknown>,
  }));
});

const strictnesses: readonly Strictness[] = ['strict', 'tolerant'];
const strange: readonly unknown[] = [
  undefined,
  null,
  '',
  'x'.repeat(5_000),
  -1,
  1.5,
  Number.NaN,
  true,
  [],
  [null],
  [[]],
  {},
  [{}],
  ...['2026-03-15T10:00:00Z', '2026-03-15T10:00:00.123456789Z', '2026-03-15T10:00:00+01:00', '2024-02-29T00:00:00Z'],
  ...[
    '2026-02-29T00:00:00Z',
    '2026-13-01T00:00:00Z',
    '2026-03-15T24:00:00Z',
    '2026-03-15T10:00:60Z',
    '0000-01-01T00:00:00Z',
  ],
  ...['2026-03-15 10:00:00Z', '2026-03-15T10:00Z', '2026-03-15T10:00:00,5Z', '2026-03-15T10:00:00'],
];

function outcome(decide: () => Message): unknown {
  try {
    const message = decide();
    return { type: message.constructor, message };
  } catch (error) {
    return DrError.from(error).details;
  }
}

/** The value, and the value with each field of it, at any depth, gone or made strange, and with a field too many. */
function* variants(value: unknown): Generator<unknown> {
  yield value;
  if (typeof value !== 'object' || value === null) return;
  const entries = Object.entries(value);
  const rebuilt = (key: string, change: unknown): unknown => {
    if (Array.isArray(value)) return value.map((item, index) => (String(index) === key ? change : (item as unknown)));
    return { ...value, [key]: change };
  };
  if (!Array.isArray(value)) yield { ...value, somethingElse: 1 };
  for (const [key, inner] of entries) {
    if (!Array.isArray(value)) yield Object.fromEntries(entries.filter(([other]) => other !== key));
    for (const odd of strange) yield rebuilt(key, odd);
    for (const variant of variants(inner)) yield rebuilt(key, variant);
  }
}

describe('the short way of validation', () => {
  it('knows golden messages', () => {
    expect(goldens.length).toBeGreaterThan(eventContracts.length + requestContracts.length);
  });

  it.each(goldens)('agrees with the libraries on every variant of $name', ({ type, value }) => {
    for (const variant of variants(value)) {
      for (const strictness of strictnesses) {
        const thorough = outcome(() => validateThoroughly(type, variant as object, strictness));
        expect(outcome(() => validate(type, variant, strictness))).toStrictEqual(thorough);
      }
    }
  });

  it('is taken, and copies', () => {
    const value: Record<string, unknown> = goldens.find(({ type }) => type === BackupCompleted)?.value ?? {};
    const made = instanceIfValid(BackupCompleted, value, 'strict');
    expect(made).toBeInstanceOf(BackupCompleted);
    expect(made?.parts).not.toBe(value['parts']);
  });

  const nested: Record<string, unknown> = {};
  let innermost = nested;
  for (let depth = 0; depth < 40; depth += 1) innermost = innermost['in'] = {} as Record<string, unknown>;
  it.each([
    ['plain data', { sites: { a: { state: 'ok', n: [1, null, 'x', { y: true }], empty: {}, none: [] } } }, true],
    ['a date', { at: new Date(0) }, false],
    ['bytes', { bytes: new Uint8Array(2) }, false],
    ['what is not there', { a: undefined, b: [undefined] }, false],
    ['an object without a prototype', { a: Object.assign(Object.create(null) as object, { b: 1 }) }, false],
    ['what is nested deeply', nested, false],
  ])('copies free-form data as the libraries do: %s', (_title, report, isShort) => {
    const value = { at: '2026-03-15T10:00:00Z', report };
    const made = instanceIfValid(Report, value, 'strict');

    expect(made !== undefined).toBe(isShort);
    expect(validate(Report, value, 'strict')).toStrictEqual(validateThoroughly(Report, value, 'strict'));
    if (isShort) expect(made?.report['sites']).not.toBe((report as Record<string, unknown>)['sites']);
  });

  it('leaves what has a hostile key to the libraries', () => {
    const hostile: unknown = JSON.parse('{"__proto__":{"site":"primary"},"constructor":{}}');
    for (const strictness of strictnesses) {
      expect(outcome(() => validate(BackupCompleted, hostile, strictness))).toStrictEqual(
        outcome(() => validateThoroughly(BackupCompleted, hostile as object, strictness)),
      );
    }
    expect(({} as { site?: string }).site).toBeUndefined();
  });
});
