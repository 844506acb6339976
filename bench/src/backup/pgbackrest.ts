import { randomBytes } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findOnPath, runCommand } from '@novacron/drivers';
import { handOver, ordinaryUser } from '@novacron/drivers/testing';
import { DrError } from '@novacron/contracts';
import type { BenchCluster } from './bench-cluster.js';
import { newestEntryBytes } from './folder-bytes.js';

const commandTimeoutMs = 600_000;
const stanza = 'bench';

/** @throws DrError PROGRAM_MISSING saying what to install. */
export function requirePgBackRest(): string {
  const path = findOnPath('pgbackrest');
  if (path !== undefined) return path;
  throw new DrError('PROGRAM_MISSING', 'pgbackrest, which ours is measured beside, is not installed', {
    hint: 'install the package pgbackrest: apt-get install pgbackrest',
  });
}

/** The peer: zstd level 3, encrypted, two processes, a repository in a folder, WAL archived by its own command. */
export class PgBackRest {
  private readonly configuration: string;
  private readonly repository: string;

  constructor(
    private readonly program: string,
    private readonly folder: string,
  ) {
    this.configuration = join(folder, 'pgbackrest.conf');
    this.repository = join(folder, 'repository');
  }

  /** What the server needs to be started with. */
  get settings(): Record<string, string> {
    const command = `${this.program} --config=${this.configuration} --stanza=${stanza} archive-push %p`;
    return { archive_mode: 'on', archive_command: command };
  }

  async begin({ postgres, socketFolder }: BenchCluster): Promise<void> {
    const places = ['repository', 'log', 'lock', 'spool'].map((name) => join(this.folder, name));
    for (const place of places) {
      mkdirSync(place, { mode: 0o700 });
      handOver(place);
    }
    const lines = [
      '[global]',
      `repo1-path=${this.repository}`,
      'repo1-cipher-type=aes-256-cbc',
      `repo1-cipher-pass=${randomBytes(32).toString('base64')}`,
      'repo1-retention-full=2',
      'compress-type=zst',
      'compress-level=3',
      'process-max=2',
      'start-fast=y',
      'log-level-console=warn',
      'log-level-file=off',
      `log-path=${join(this.folder, 'log')}`,
      `lock-path=${join(this.folder, 'lock')}`,
      `spool-path=${join(this.folder, 'spool')}`,
      `[${stanza}]`,
      `pg1-path=${postgres.dataDir}`,
      `pg1-port=${postgres.port}`,
      `pg1-socket-path=${socketFolder}`,
      `pg1-user=${postgres.admin.user}`,
      `pg1-database=${postgres.database}`,
    ];
    writeFileSync(this.configuration, `${lines.join('\n')}\n`, { mode: 0o600 });
    handOver(this.configuration);
    await this.run(['stanza-create']);
  }

  async backup(type: 'full' | 'incr'): Promise<void> {
    await this.run([`--type=${type}`, 'backup']);
  }

  /** The newest backup into an empty folder, as it would be before the server is started there. */
  async restore(): Promise<void> {
    const target = join(this.folder, 'restored');
    rmSync(target, { recursive: true, force: true });
    mkdirSync(target, { mode: 0o700 });
    handOver(target);
    await this.run([`--pg1-path=${target}`, '--type=immediate', 'restore']);
  }

  removeRestored(): void {
    rmSync(join(this.folder, 'restored'), { recursive: true, force: true });
  }

  /** What the newest full backup takes in the repository, WAL not counted. */
  fullBackupBytes(): number {
    return newestEntryBytes(join(this.repository, 'backup', stanza), (name) => /^\d{8}-\d{6}F$/u.test(name));
  }

  private async run(args: readonly string[]): Promise<void> {
    const runAs = ordinaryUser();
    await runCommand({
      program: this.program,
      args: [`--config=${this.configuration}`, `--stanza=${stanza}`, ...args],
      cwd: '/',
      timeoutMs: commandTimeoutMs,
      ...(runAs && { runAs }),
    });
  }
}
