import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DrError } from '@novacron/contracts';
import type { LabSetting } from '../lab-setting.js';
import { runProgram } from '../processes/run-program.js';
import type { Site } from './site.js';

/** Swift keeps an object's name beside its bytes, in an extended attribute that is a pickled map. */
const printName = `
import os, pickle, sys
print(pickle.loads(os.getxattr(sys.argv[1], "user.swift.metadata"))[b"name"].decode())
`;

/**
 * Flips one bit in the middle of one stored object, as a failing disk would: behind the server's back. Returns which.
 * Throws NOT_FOUND when the site stores no object.
 */
export async function corruptObject({ folders, programs }: LabSetting, site: Site): Promise<string> {
  const folder = join(folders.site(site.name), 's3');
  const files = (await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []))
    .filter((entry) => entry.isFile() && entry.name.endsWith('.data') && /objects/u.test(entry.parentPath))
    .map((entry) => join(entry.parentPath, entry.name));
  const file = files[Math.floor(Math.random() * files.length)];
  if (file === undefined)
    throw new DrError('NOT_FOUND', `${site.name} stores no object`, { hint: 'run a backup first' });

  const handle = await open(file, 'r+');
  try {
    const offset = Math.floor((await handle.stat()).size / 2);
    const byte = Buffer.alloc(1);
    const { bytesRead } = await handle.read(byte, 0, 1, offset);
    if (bytesRead === 0) throw new DrError('NOT_FOUND', `the object in ${file} is empty`);
    byte[0] = (byte[0] as number) ^ 1;
    await handle.write(byte, 0, 1, offset);
    await handle.sync();
    const name = await runProgram({ program: programs.s3Python, args: ['-c', printName, file], cwd: folder });
    return `${name.trim().replace(/^\/[^/]+\//u, '')}, bit 0 of byte ${offset}`;
  } finally {
    await handle.close();
  }
}
