import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { ordinaryUser, temporaryFolder } from '@novacron/drivers/testing';

const fixture = join(import.meta.dirname, '../testing/require-room.fixture.mjs');
const mebibyte = 2 ** 20;

/** A file system of 128 MiB that only this command and its children see. */
const onSmallDisc = ['-Urm', 'sh', '-c', 'mount -t tmpfs -o size=128m none "$1" && shift && exec "$@"', 'sh'];

function asked(folder: string, bytes: number): { code: string; details?: readonly { problem: string }[] } {
  const args = [...onSmallDisc, folder, process.execPath, fixture, folder, `${bytes}`];
  return JSON.parse(execFileSync('unshare', args, { ...ordinaryUser(), encoding: 'utf8' })) as ReturnType<typeof asked>;
}

function mayMount(): boolean {
  try {
    execFileSync('unshare', ['-Urm', 'mount', '-t', 'tmpfs', 'none', '/mnt'], { ...ordinaryUser(), stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

const onASmallDisc = mayMount() ? describe : describe.skip;

onASmallDisc('a restore onto a small disc', () => {
  let folder: ReturnType<typeof temporaryFolder>;
  beforeEach(() => {
    folder = temporaryFolder('require-room');
  });
  afterEach(() => folder.remove());

  it('is refused where it would fill it, with what is needed and what is there', () => {
    expect(asked(folder.path, 48 * mebibyte)).toEqual({ code: 'room' });
    const { code, details } = asked(folder.path, 96 * mebibyte);
    expect(code).toBe('PRECONDITION_FAILED');
    expect(details?.[0]?.problem).toBe(`${(96 + 64) * mebibyte} bytes are needed, ${128 * mebibyte} are free`);
  });
});
