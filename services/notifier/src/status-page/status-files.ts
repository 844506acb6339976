import { mkdir, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** The page as files, to be served or copied anywhere: a reader of a file sees the old one or the new one, whole. */
export async function writeStatusFiles(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    const file = join(folder, name);
    await mkdir(dirname(file), { recursive: true });
    const part = `${file}.${process.pid}.part`;
    await writeFile(part, text);
    await rename(part, file);
  }
}
