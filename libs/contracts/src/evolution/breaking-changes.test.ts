import type { JsonSchema } from '../generate/json-schemas.js';
import { breakingChanges } from './breaking-changes.js';

const part = (fields: Record<string, JsonSchema>, required: string[]): JsonSchema => ({
  type: 'object',
  properties: fields,
  required,
});
const message = (fields: Record<string, JsonSchema>, required: string[], parts: JsonSchema): JsonSchema => ({
  ...part(fields, required),
  definitions: { Part: parts },
});

const name = { type: 'string', pattern: '^[a-z]+$', maxLength: 10 };
const parts = part({ size: { type: 'integer', minimum: 0 } }, ['size']);
const fields = {
  site: name,
  note: { type: 'string' },
  mode: { type: 'string', enum: ['a', 'b'] },
  parts: { type: 'array', items: { $ref: '#/definitions/Part' } },
};
const yesterday = message(fields, ['site', 'parts'], parts);
const { site: _site, ...withoutSite } = fields;

const changed = (more: Record<string, JsonSchema>): JsonSchema =>
  message({ ...fields, ...more }, ['site', 'parts'], parts);

describe('what breaks those who know yesterday’s message', () => {
  it.each<[string, JsonSchema, string[], string[]]>([
    ['nothing', yesterday, [], []],
    ['a new optional field', changed({ more: { type: 'string' } }), [], []],
    ['a removed field', message(withoutSite, ['parts'], parts), ['site is gone'], ['site is gone']],
    [
      'a renamed field',
      message({ ...withoutSite, place: name }, ['place', 'parts'], parts),
      ['site is gone', 'place is required now'],
      ['site is gone', 'place is required now'],
    ],
    [
      'another type',
      changed({ note: { type: 'integer' } }),
      ['note was string, is integer'],
      ['note was string, is integer'],
    ],
    [
      'a tighter bound',
      changed({ site: { ...name, maxLength: 5 } }),
      ['site maxLength was 10, is 5'],
      ['site maxLength was 10, is 5'],
    ],
    ['a looser bound', changed({ site: { ...name, maxLength: 50 } }), ['site maxLength was 10, is 50'], []],
    [
      'another pattern',
      changed({ site: { ...name, pattern: '^x' } }),
      ['site pattern differs'],
      ['site pattern differs'],
    ],
    [
      'a value less',
      changed({ mode: { type: 'string', enum: ['a'] } }),
      ['mode no longer allows b'],
      ['mode no longer allows b'],
    ],
    [
      'a value more',
      changed({ mode: { type: 'string', enum: ['a', 'b', 'c'] } }),
      ['mode allows c, which readers do not know'],
      [],
    ],
    [
      'values where any were allowed',
      changed({ note: { type: 'string', enum: ['x'] } }),
      ['note may hold other values'],
      ['note may hold other values'],
    ],
    [
      'a required field more',
      message(fields, ['site', 'parts', 'note'], parts),
      ['note is required now'],
      ['note is required now'],
    ],
    ['a required field less', message(fields, ['parts'], parts), ['site may be absent now'], []],
    [
      'a change within a part',
      message(fields, ['site', 'parts'], part({ size: { type: 'string' } }, ['size'])),
      ['parts[].size was integer, is string'],
      ['parts[].size was integer, is string'],
    ],
  ])('%s', (_what, today, exact, accepting) => {
    expect(breakingChanges(yesterday, today, 'exact')).toEqual(exact);
    expect(breakingChanges(yesterday, today, 'accepting')).toEqual(accepting);
  });
});
