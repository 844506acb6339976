import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '@novacron/bus/testing';
import {
  type Accepted,
  QueryRestorationReport,
  QueryRestorationStatus,
  type Report,
  Restore,
} from '@novacron/contracts';
import { runningPostmaster } from '@novacron/drivers';
import type { BackupWorld } from './backup-world.js';

const main = join(import.meta.dirname, '../../../restoration/dist/main.js');

/** The restoration service as a process of its own, on the bus and the estate of a world. */
export class RestorationBeside {
  private readonly child: ChildProcess;

  constructor(private readonly world: BackupWorld) {
    this.child = spawn(process.execPath, [main], {
      env: { ...process.env, DR_ESTATE: world.estate.file, DR_NATS_URL: world.nats.url, DR_HTTP_PORT: '0' },
      stdio: 'ignore',
    });
  }

  /** The report once the restore has ended, however it did. */
  async restore(request: object): Promise<Record<string, unknown>> {
    const { bus } = this.world;
    const isThere = async (): Promise<boolean> =>
      bus.request(new QueryRestorationStatus({}), { timeoutMs: 5_000 }).then(() => true);
    await eventually(isThere, { what: 'restoration', timeoutMs: 60_000 });
    const { operationId } = await bus.request<Accepted>(new Restore(request), { timeoutMs: 20_000 });
    return eventually(
      async () => {
        const query = new QueryRestorationReport({ operationId });
        const { report } = await bus.request<Report>(query, { timeoutMs: 5_000 });
        return ['completed', 'rolled-back', 'failed'].includes(String(report['state'])) ? report : undefined;
      },
      { what: `the end of ${operationId}`, timeoutMs: 90_000 },
    );
  }

  /** Ends it, and whatever it has left running. */
  async stop(): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) {
      const exited = once(this.child, 'exit');
      this.child.kill('SIGTERM');
      await exited;
    }
    const scratch = join(this.world.estate.folder, 'services/restoration');
    for (const name of existsSync(scratch) ? readdirSync(scratch) : []) {
      const pid = runningPostmaster(join(scratch, name, 'data'));
      if (pid !== undefined) process.kill(pid, 'SIGQUIT');
    }
  }
}
