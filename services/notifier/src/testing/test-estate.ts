import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DrError, type Estate, parseEstate } from '@novacron/contracts';

const file = join(import.meta.dirname, '../../../../lab/estate.yaml');

/** The running example, its status page in one folder alone, its channels pointed at a test's own inbox where there is one. */
export async function testEstateText(inbox?: { readonly smtpPort: number; readonly hookUrl: string }): Promise<string> {
  const whole = await readFile(file, 'utf8');
  const text = whole.replace(/(?<folder> {4}folder: status-page\n) {4}places:\n(?: {6}.*\n)+/u, '$<folder>');
  if (inbox === undefined) return text;
  return text
    .replace(/port: 24003\b/u, `port: ${inbox.smtpPort}`)
    .replace(/url: http:\/\/127\.0\.0\.1:24002\/webhook/u, `url: ${inbox.hookUrl}`);
}

export async function testEstate(): Promise<Estate> {
  const { estate, problems } = parseEstate(await testEstateText());
  if (estate === undefined) throw new DrError('INVALID_ESTATE', JSON.stringify(problems));
  return estate;
}
