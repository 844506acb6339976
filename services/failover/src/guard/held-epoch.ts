import { dirname, resolve } from 'node:path';
import type { Estate } from '@novacron/contracts';
import { epochMarkIn } from '@novacron/drivers';
import type { StartFacts } from '../domain/start-guard.js';

/** The newest epoch that a database of the site remembers, in the folder that is to start or in those the estate file names. */
export async function heldEpochOf(
  estate: Estate,
  estateFile: string,
  site: string,
  dataDir: string | undefined,
): Promise<StartFacts['heldEpoch']> {
  const named = estate.databases.flatMap(({ members }) =>
    members.flatMap((member) =>
      member.site === site && member.dataDir !== undefined ? [resolve(dirname(estateFile), member.dataDir)] : [],
    ),
  );
  const folders = new Set([...(dataDir === undefined ? [] : [resolve(dataDir)]), ...named]);
  try {
    const marks = await Promise.all([...folders].map(epochMarkIn));
    const known = marks.filter((mark) => mark !== undefined);
    return known.length === 0 ? undefined : Math.max(...known);
  } catch {
    return 'unknown';
  }
}
