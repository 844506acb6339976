/**
 * Where things are in a store. Every key that belongs to a backup carries its id, and no key is ever written twice:
 *
 * ```
 * backups/<backupId>/<component>/<name>      sealed objects
 * backups/<backupId>/manifest.json           written last: the commit
 * backups/<backupId>/<mark>-<time>.json      what was found out later, signed
 * ```
 */
export const backupsPrefix = 'backups/';

export function backupPrefix(backupId: string): string {
  return `${backupsPrefix}${backupId}/`;
}

export function objectKey(backupId: string, component: string, name: string): string {
  return `${backupPrefix(backupId)}${component}/${name}`;
}

export function manifestKey(backupId: string): string {
  return `${backupPrefix(backupId)}manifest.json`;
}

/** RFC 3339 UTC with milliseconds in a form that stands in keys and sorts: `20261123T040155.123Z`. */
export function compactTime(time: Date): string {
  return time.toISOString().replace(/[-:]/gu, '');
}

/** The time that {@link compactTime} wrote, in milliseconds; undefined for any other text. */
export function parseCompactTime(text: string): number | undefined {
  const found = /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2}\.\d{3})Z$/u.exec(text);
  if (found === null) return undefined;
  const [, year, month, day, hour, minute, second] = found;
  const time = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return Number.isNaN(time) ? undefined : time;
}
