import {
  DrError,
  durationMs,
  isDuration,
  isPlaceholder,
  type PlaceholderKind,
  placeholderKinds,
  type PlaceholderTexts,
  type ProblemDetail,
} from '@novacron/contracts';
import { formatTime } from '../domain/formats.js';
import { english, type Wording } from '../domain/wording/wording.js';

const expected: Readonly<Record<PlaceholderKind, string>> = {
  text: 'a text',
  list: 'a list of texts',
  time: 'an RFC 3339 time',
  duration: 'a duration such as 15m',
  count: 'a whole number',
};

/** Values given by hand, each checked against its placeholder's kind. @throws DrError INVALID_MESSAGE with all problems. */
export function givenValues(values: Readonly<Record<string, unknown>>, wording: Wording = english): PlaceholderTexts {
  const details: ProblemDetail[] = [];
  const texts: Record<string, string> = {};
  for (const [name, value] of Object.entries(values)) {
    const path = `values.${name}`;
    if (!isPlaceholder(name)) {
      details.push({ path, problem: `is no placeholder (there are: ${Object.keys(placeholderKinds).join(', ')})` });
      continue;
    }
    const text = written(placeholderKinds[name], value, wording);
    if (text === undefined) details.push({ path, problem: `must be ${expected[placeholderKinds[name]]}` });
    else texts[name] = text;
  }
  if (details.length === 0) return texts;
  throw new DrError('INVALID_MESSAGE', 'values do not fit their placeholders', { details });
}

function written(kind: PlaceholderKind, value: unknown, wording: Wording): string | undefined {
  switch (kind) {
    case 'text':
      return typeof value === 'string' && value !== '' ? value : undefined;
    case 'count':
      return typeof value === 'number' && Number.isInteger(value) && value >= 0 ? String(value) : undefined;
    case 'time':
      return typeof value === 'string' && !Number.isNaN(Date.parse(value)) ? formatTime(value) : undefined;
    case 'duration':
      return isDuration(value) ? wording.duration(durationMs(value)) : undefined;
    case 'list':
      return Array.isArray(value) && value.every((item) => typeof item === 'string')
        ? wording.list(value, 'none')
        : undefined;
  }
}
