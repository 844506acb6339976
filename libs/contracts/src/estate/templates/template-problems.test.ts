import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEstate } from '../parse-estate.js';

const lab = readFileSync(join(import.meta.dirname, '../../../../../lab/estate.yaml'), 'utf8');

/** Line and column of a text in the file, from 1. */
function place(text: string, part: string): { line: number; column: number } {
  const before = text.slice(0, text.indexOf(part)).split('\n');
  return { line: before.length, column: (before.at(-1) ?? '').length + 1 };
}

describe('a wrong placeholder', () => {
  it.each([
    [
      'unknown, in a body',
      'Impact: {{IMPACT_DESCRIPTION}}',
      'Impact: {{IMPACT}} {{IMPACT_DESCRIPTION}}',
      '{{IMPACT}}',
      'uses {{IMPACT}}',
    ],
    [
      'of another template, in a subject',
      "'Resolved: {{SERVICES}}'",
      "'Resolved: {{ETA}}'",
      "{{ETA}}'",
      'uses {{ETA}}',
    ],
    [
      'that is not closed',
      'Total downtime: {{TOTAL_DOWNTIME}}',
      'Total downtime: {{TOTAL_DOWNTIME}} {{SITE',
      '{{SITE',
      'has braces',
    ],
  ])('%s is named with line and column', (_what, before, after, part, problem) => {
    const text = lab.replace(before, after);
    const { problems } = parseEstate(text);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatchObject({ ...place(text, part), message: expect.stringContaining(problem) as string });
  });

  it('that is missing is named at its template', () => {
    const { problems } = parseEstate(lab.replace('Total downtime: {{TOTAL_DOWNTIME}}', 'Total downtime: long'));
    expect(problems.map(({ path, message }) => `${path}: ${message}`)).toEqual([
      'communication.templates[2]: must say {{TOTAL_DOWNTIME}}',
    ]);
  });

  it('is found in a template for one channel and language too', () => {
    const more =
      "  templates:\n    - { name: progress, channel: sms, language: de, subject: a, body: 'b {{NOBODY}}' }\n";
    const messages = parseEstate(lab.replace('  templates:\n', more)).problems.map(({ message }) => message);
    expect(messages.some((message) => message.startsWith('uses {{NOBODY}}'))).toBe(true);
    expect(messages.some((message) => message === 'must say {{ETA}}')).toBe(true);
  });
});
