import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';

/** Whether an ordinary user may make file systems of its own here: in a name space that only its own processes see. */
export function mayMount(): boolean {
  try {
    execFileSync('unshare', ['-Urm', 'sh', '-c', 'mount -t tmpfs none /mnt'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** Runs what follows with a disc of so many megabytes in place of a folder, as the user that it is. */
export function onSmallDisc(folder: string, megabytes: number): readonly string[] {
  mkdirSync(folder, { recursive: true });
  const user = `--map-user=${process.getuid?.() ?? 0} --map-group=${process.getgid?.() ?? 0}`;
  const script = `mount -t tmpfs -o size=${megabytes}m none "$0" && exec unshare -U ${user} "$@"`;
  return ['unshare', '-Urm', 'sh', '-c', script, folder];
}
