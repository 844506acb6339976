import { join } from 'node:path';
import { type RunAs, runCommand } from '../command/run-command.js';

export interface CombineOptions {
  readonly binDir: string;
  /** Unpacked backups: the full one first, each next built on the one before it. */
  readonly inputs: readonly string[];
  /** A folder that does not exist yet, or is empty. */
  readonly outputDir: string;
  /** Of the last input: where each of its tablespaces lies, and where it is to lie. */
  readonly tablespaces?: readonly { readonly from: string; readonly to: string }[];
  readonly runAs?: RunAs;
  readonly signal?: AbortSignal;
  readonly timeoutMs: number;
}

/**
 * A whole data directory from a full backup and increments of it, by pg_combinebackup. It checks the chain but no contents: verify
 * the inputs before, and what it leaves with its new manifest after. @throws DrError COMMAND_FAILED with its words, PROGRAM_MISSING.
 */
export async function combineBackups(options: CombineOptions): Promise<void> {
  const { binDir, inputs, outputDir, tablespaces = [], runAs, signal, timeoutMs } = options;
  await runCommand({
    program: join(binDir, 'pg_combinebackup'),
    args: [
      ...['--output', outputDir, '--manifest-checksums=SHA256', '--no-sync'],
      ...tablespaces.flatMap(({ from, to }) => ['--tablespace-mapping', `${escaped(from)}=${escaped(to)}`]),
      ...inputs,
    ],
    cwd: '/',
    timeoutMs,
    ...(signal === undefined ? {} : { signal }),
    ...(runAs === undefined ? {} : { runAs }),
  });
}

function escaped(path: string): string {
  return path.replaceAll('=', '\\=');
}
