import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DrError, type Estate, parseEstate } from '@novacron/contracts';

const file = join(import.meta.dirname, '../../../../lab/estate.yaml');

/** The running example, with its channels pointed at a test's own inbox where there is one. */
export async function testEstateText(inbox?: { readonly smtpPort: number; readonly hookUrl: string }): Promise<string> {
  const text = await readFile(file, 'utf8');
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
