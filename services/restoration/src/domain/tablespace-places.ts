import { isAbsolute, resolve } from 'node:path';
import { DrError, type ProblemDetail, type TablespacePlace } from '@novacron/contracts';
import type { ManifestComponent } from '@novacron/repository';

/** `16401.tar.zst`: the object of a tablespace, by its oid. */
const tablespaceObject = /^(\d+)\.tar(?:\.|$)/u;

/** The oid of the tablespace that an object of a physical backup holds; undefined for the others. */
export function tablespaceOf(objectName: string): string | undefined {
  return tablespaceObject.exec(objectName)?.[1];
}

export function tablespacesOf({ objects }: Pick<ManifestComponent, 'objects'>): string[] {
  return objects.flatMap(({ key }) => tablespaceOf(key.split('/').at(-1) ?? '') ?? []);
}

/**
 * Where the tablespaces that were named are to lie, by oid; those that were not lie beside the data.
 * @throws DrError INVALID_MESSAGE naming each place that is none, or that is for a tablespace which the backup does not have.
 */
export function tablespacePlaces(
  component: Pick<ManifestComponent, 'objects' | 'tablespaces'>,
  wanted: readonly TablespacePlace[],
): Record<string, string> {
  const oids = new Set(tablespacesOf(component));
  const names = new Map((component.tablespaces ?? []).map(({ name, oid }) => [name, oid]));
  const problems: ProblemDetail[] = [];
  const places: Record<string, string> = {};
  for (const [index, { tablespace, path }] of wanted.entries()) {
    const oid = names.get(tablespace) ?? (oids.has(tablespace) ? tablespace : undefined);
    const at = `tablespaces[${index}]`;
    if (oid === undefined) problems.push({ path: `${at}.tablespace`, problem: `the backup has no ${tablespace}` });
    else if (places[oid] !== undefined) problems.push({ path: `${at}.tablespace`, problem: 'is named twice' });
    else if (!isAbsolute(path)) problems.push({ path: `${at}.path`, problem: 'is not an absolute path' });
    else if (Object.values(places).some((other) => isWithin(other, path) || isWithin(path, other)))
      problems.push({ path: `${at}.path`, problem: 'lies in the place of another tablespace' });
    else places[oid] = resolve(path);
  }
  if (problems.length === 0) return places;
  const known = [...names.keys()].length > 0 ? [...names.keys()] : [...oids];
  throw new DrError('INVALID_MESSAGE', 'the tablespaces cannot be placed like that', {
    hint: known.length === 0 ? 'the backup has no tablespaces: leave them out' : `it has ${known.join(', ')}`,
    details: problems,
  });
}

function isWithin(folder: string, path: string): boolean {
  const [outer, inner] = [resolve(folder), resolve(path)];
  return inner === outer || inner.startsWith(`${outer}/`);
}
