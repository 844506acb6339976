import { createHash } from 'node:crypto';
import type { LaidFile } from './lay-out-files.js';

interface ManifestFile {
  readonly Path?: string;
  /** Hexadecimal, for names that are no UTF-8. */
  readonly 'Encoded-Path'?: string;
  readonly Size: number;
  readonly 'Checksum-Algorithm'?: string;
  readonly Checksum?: string;
}

/** What pg_verifybackup lets be there as well: WAL is checked when it is replayed, the others tell a server what to be. */
const notOfTheServer = ['pg_wal/', 'backup_manifest', 'postgresql.auto.conf', 'recovery.signal', 'standby.signal'];

/**
 * Compares files as they were written with the manifest that the server made while it read them: every file that it names in its size and
 * with its SHA-256, no other, and the manifest itself by its own checksum. Undefined when it has hashes of another kind: pg_verifybackup
 * knows them.
 */
export function compareWithManifest(manifest: Buffer, laid: readonly LaidFile[]): string[] | undefined {
  const { Files } = JSON.parse(manifest.toString()) as { readonly Files: readonly ManifestFile[] };
  if (Files.some((file) => file['Checksum-Algorithm'] !== 'SHA256')) return undefined;
  const byPath = new Map(laid.map((file) => [file.path, file]));
  const problems = ownChecksumHolds(manifest) ? [] : ['the manifest has another checksum than it says'];
  for (const file of Files) {
    const path = file.Path ?? Buffer.from(file['Encoded-Path'] ?? '', 'hex').toString();
    const found = byPath.get(path);
    byPath.delete(path);
    if (found === undefined) problems.push(`"${path}" is in the manifest but was not unpacked`);
    else if (found.sizeBytes !== file.Size) {
      problems.push(`"${path}" has ${found.sizeBytes} bytes, the manifest says ${file.Size}`);
    } else if (found.sha256 !== file.Checksum) problems.push(`"${path}" has another hash than the manifest says`);
  }
  const strangers = [...byPath.keys()].filter((path) => !notOfTheServer.some((start) => path.startsWith(start)));
  return [...problems, ...strangers.map((path) => `"${path}" was unpacked but is not in the manifest`)];
}

/** The last line holds the SHA-256 of all lines before it. */
function ownChecksumHolds(manifest: Buffer): boolean {
  const lastLine = manifest.lastIndexOf('\n', manifest.length - 2) + 1;
  const said = /"Manifest-Checksum":\s*"([0-9a-f]{64})"/u.exec(manifest.toString('latin1', lastLine));
  return said?.[1] === createHash('sha256').update(manifest.subarray(0, lastLine)).digest('hex');
}
