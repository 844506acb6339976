import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DrError, type Estate, parseEstate } from '@novacron/contracts';
import { type LabFolders, projectFolder } from './folders.js';

/** The text with every port that counts from 24000 moved to `base`. */
export function withPortBase(text: string, base: number): string {
  return text.replaceAll(/\b24(\d{3})\b/gu, (_, offset: string) => String(base + Number(offset)));
}

/** Puts the lab's estate file where the services look for it. Throws INVALID_ESTATE with every problem. */
export async function copyEstate(
  folders: LabFolders,
  base: number,
  change: (text: string) => string = (text) => text,
): Promise<Estate> {
  const source = join(projectFolder, 'lab/estate.yaml');
  const text = withPortBase(change(await readFile(source, 'utf8')), base);
  const { estate, problems } = parseEstate(text);
  if (estate === undefined) {
    throw new DrError('INVALID_ESTATE', `${source} has ${problems.length} problems`, {
      details: problems.map(({ line, column, path, message }) => ({
        path: `${line}:${column} ${path}`,
        problem: message,
      })),
    });
  }
  await writeFile(folders.estateFile, text);
  return estate;
}
