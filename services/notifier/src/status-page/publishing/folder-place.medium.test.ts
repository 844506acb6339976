import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, readlink, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { eventually } from '@novacron/bus/testing';
import { siteFile } from '../site/site-file.js';
import { release } from '../testing/releases.js';
import { FolderPlace } from './folder-place.js';
import { compareGenerations, generationText } from './generation.js';
import { type Manifest, readManifest } from './manifest.js';

const fixture = join(import.meta.dirname, '../testing/publish.fixture.mjs');
const children: ChildProcess[] = [];
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dr-folder-place-'));
});
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  await rm(folder, { recursive: true, force: true });
});

/** What a reader finds, every file compared with what its release says of it; undefined before the first. */
async function whole(): Promise<Manifest | undefined> {
  const at = await readlink(join(folder, 'current')).catch(() => undefined);
  if (at === undefined) return undefined;
  const manifest = readManifest(await readFile(join(folder, at, 'generation.json'), 'utf8'));
  if (manifest === undefined) throw new Error(`${at} says nothing of itself`);
  for (const [path, hash] of manifest.hashes) {
    const found = siteFile(path, await readFile(join(folder, at, path)));
    if (found.hash !== hash) throw new Error(`${at}/${path} is not what was published`);
  }
  return manifest;
}

describe('a folder whose publisher dies', () => {
  it('is whole after each SIGKILL, wherever it struck, never older than before, and taken over by the next', async () => {
    let before: Manifest | undefined;
    let struckInTheMiddle = 0;
    for (let term = 1; term <= 12; term += 1) {
      const child = spawn(process.execPath, [fixture, folder, String(term)], { stdio: ['ignore', 'pipe', 'inherit'] });
      children.push(child);
      await once(child.stdout, 'data');
      // Not waiting for a condition: the moment of death is what varies from round to round.
      await new Promise((resolve) => setTimeout(resolve, term * 7));
      child.kill('SIGKILL');
      await once(child, 'exit');
      const now = await whole();
      expect(now?.generation.term).toBe(term);
      if (now !== undefined && before !== undefined)
        expect(compareGenerations(now.generation, before.generation)).toBeGreaterThan(0);
      const parts = await promisify(execFile)('find', [join(folder, 'releases'), '-maxdepth', '1', '-name', '.*-*']);
      if (parts.stdout !== '') struckInTheMiddle += 1;
      before = now;
    }
    expect(struckInTheMiddle).toBeGreaterThan(0);
    expect(await new FolderPlace('next', folder).publish(release(99, 1), AbortSignal.timeout(30_000))).toMatchObject({
      kind: 'published',
    });
    expect(generationText((await whole())?.generation ?? { term: 0, number: 0 })).toBe('99.1');
  });
});

/** A file system of 300 KB that only this command and its children see. */
const small = ['unshare', '-Urm', 'sh', '-c'] as const;

function mayMount(): boolean {
  try {
    execFileSync(small[0], [...small.slice(1), 'mount -t tmpfs none /mnt'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

const onASmallDisk = mayMount() ? describe : describe.skip;

onASmallDisk('a folder on a disk that is full', () => {
  it('goes on serving the page before, says why, leaves nothing behind, and takes the next that fits', async () => {
    const publish = (term: number, bytes: number): string =>
      `"${process.execPath}" "${fixture}" "${folder}" ${term} 3 ${bytes}`;
    const script = [
      `mount -t tmpfs -o size=300k none "${folder}"`,
      publish(1, 1_000),
      publish(2, 900_000),
      `cat "${folder}/current/index.html"; echo; ls -A "${folder}/releases"`,
      publish(3, 2_000),
      `cat "${folder}/current/index.html"`,
    ].join('\n');
    const [program, ...args] = [...small, script];
    const { stdout } = await eventually(() => promisify(execFile)(program ?? '', args, { timeout: 60_000 }));
    const lines = stdout.trim().split('\n');
    expect(lines).toEqual([
      '{"kind":"published","files":4}',
      expect.stringContaining('STORE_FAILED'),
      '1.1',
      '1.1',
      '{"kind":"published","files":4}',
      '3.1',
    ]);
    expect(lines[1]).toContain('ENOSPC');
  });
});
