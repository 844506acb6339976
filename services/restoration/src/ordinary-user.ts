import { execFileSync } from 'node:child_process';
import type { RunAs } from '@novacron/drivers';

/** PostgreSQL refuses root: where we are root, restored servers run as the user that its package has made. */
export function ordinaryUser(): RunAs | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const id = (flag: string): number => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}
