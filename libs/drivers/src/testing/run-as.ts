import { execFileSync } from 'node:child_process';
import { chownSync } from 'node:fs';
import type { RunAs } from '../command/run-command.js';

let found: RunAs | undefined;

/** PostgreSQL refuses root: where the tests run as root, its servers run as the user that the package made. */
export function ordinaryUser(): RunAs | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const id = (flag: string) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
  found ??= { uid: id('-u'), gid: id('-g') };
  return found;
}

export function handOver(path: string): void {
  const user = ordinaryUser();
  if (user) chownSync(path, user.uid, user.gid);
}
