import type { ProblemDetail } from '@novacron/contracts';
import type { BackupManifest } from './backup-manifest.js';
import { documentSha256 } from './signature.js';

/**
 * What is wrong with the chain of manifests. Each names the hash of the one before; the order is that of commits, so it
 * is followed by hash, not by time. `removed` are the hashes of those that retention removed. Where neither the first manifest
 * nor a removal is there, one may name a manifest that is not (a copy of a store begins somewhere); any other such one
 * means that one in between was removed. Two that name the same one mean that two writers committed at once.
 */
export function chainProblems(
  manifests: readonly BackupManifest[],
  removed: ReadonlySet<string> = new Set(),
): ProblemDetail[] {
  const present = new Set([...manifests.map((manifest) => documentSha256(manifest)), ...removed]);
  const byId = [...manifests].sort((a, b) => (a.backupId < b.backupId ? -1 : 1));
  const firsts = byId.filter(({ previousManifestSha256: previous }) => previous === undefined);
  const orphans = byId.filter(
    ({ previousManifestSha256: previous }) => previous !== undefined && !present.has(previous),
  );
  // Where the beginning is known, nothing has a reason to be missing.
  const known = firsts.length > 0 || removed.size > 0;
  const roots = [...firsts.slice(1), ...orphans.slice(known ? 0 : 1)];
  const named = new Map<string, string>();
  const problems = roots.map((manifest) => ({
    path: manifest.backupId,
    problem: 'follows a manifest that is missing or was changed',
  }));
  for (const { backupId, previousManifestSha256: previous } of byId) {
    if (previous === undefined) continue;
    const other = named.get(previous);
    if (other !== undefined) problems.push({ path: backupId, problem: `follows the same manifest as ${other}` });
    named.set(previous, backupId);
  }
  return problems;
}

/** The hash that the next manifest has to name; undefined for the first. */
export function chainTip(manifests: readonly BackupManifest[]): string | undefined {
  const followed = new Set(manifests.map((manifest) => manifest.previousManifestSha256));
  const tips = [...manifests]
    .sort((a, b) => (a.backupId < b.backupId ? 1 : -1))
    .map((manifest) => documentSha256(manifest))
    .filter((hash) => !followed.has(hash));
  return tips[0];
}
