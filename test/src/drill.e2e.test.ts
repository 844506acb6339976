import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const project = resolve(import.meta.dirname, '../..');
const program = join(project, 'lab/dist/commands/drill.js');

interface DrillReport {
  readonly passed: boolean;
  readonly phases: readonly { readonly name: string; readonly passed: boolean; readonly detail: string }[];
  readonly rto: { readonly targetMs: number; readonly measuredMs: number };
  readonly rpo: { readonly acknowledgedRows: number; readonly lostRows: number };
  readonly backup: { readonly verified: boolean; readonly restored: boolean };
  readonly pitr: { readonly rowsExpected: number; readonly rowsFound: number };
  readonly notifications: { readonly planned: number; readonly delivered: number; readonly failed: number };
  readonly failback: { readonly durationMs: number; readonly splitBrain: boolean };
}

/** Processes that still work in a folder. */
function leftIn(folder: string): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/u.test(name))
    .filter((pid) => {
      try {
        return (
          readlinkSync(`/proc/${pid}/cwd`).startsWith(folder) ||
          readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(folder)
        );
      } catch {
        return false;
      }
    });
}

describe('the drill', () => {
  let folder: string;
  let output = '';
  let drill: ChildProcess;

  const start = (): ChildProcess => {
    output = '';
    folder = mkdtempSync(join(tmpdir(), 'drill-'));
    const portBase = 10_000 + 500 * Math.floor(Math.random() * 26);
    // What happened counts here, and not how soon: on a slow machine, looks each second alone keep it busy.
    const lab = { DR_LAB_DIR: folder, DR_LAB_PORT_BASE: String(portBase), DR_LAB_PROBE_SECONDS: '3' };
    const env = { ...process.env, ...lab };
    const child = spawn(process.execPath, [program], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (text: Buffer) => (output += String(text)));
    drill = child;
    return child;
  };
  afterEach(async () => {
    if (drill.exitCode === null && drill.signalCode === null) {
      console.error(`the drill did not end; it said:\n${output}`);
      const gone = once(drill, 'close');
      drill.kill('SIGTERM');
      const hardKill = setTimeout(() => drill.kill('SIGKILL'), 30_000);
      await gone;
      clearTimeout(hardKill);
    }
    rmSync(folder, { recursive: true, force: true });
  }, 60_000);

  it('takes a whole estate through a disaster and home again, losing nothing', async () => {
    const [code] = (await once(start(), 'close')) as [number | null];
    const said = output.split('\n').slice(-60).join('\n');
    if (!existsSync(join(folder, 'drill-report.json'))) throw new Error(`the drill wrote no report; it said:\n${said}`);

    const report = JSON.parse(readFileSync(join(folder, 'drill-report.json'), 'utf8')) as DrillReport;
    const failed = report.phases.filter((phase) => !phase.passed).map(({ name, detail }) => `${name}: ${detail}`);
    expect(failed).toEqual([]);
    expect(report.rpo).toMatchObject({ lostRows: 0 });
    expect(report.rpo.acknowledgedRows).toBeGreaterThan(500);
    expect(report.rto.measuredMs).toBeGreaterThan(0);
    expect(report.rto.measuredMs).toBeLessThan(report.rto.targetMs);
    expect(report.backup).toMatchObject({ verified: true, restored: true });
    expect(report.pitr.rowsFound).toBe(report.pitr.rowsExpected);
    expect(report.notifications).toMatchObject({ failed: 0, delivered: report.notifications.planned });
    expect(report.failback.splitBrain).toBe(false);
    expect(readFileSync(join(folder, 'drill-report.html'), 'utf8')).toContain('<svg');
    // Speed has goals of its own, which a busy machine may miss: here only what happened counts.
    expect([0, 1]).toContain(code);
    expect(leftIn(folder)).toEqual([]);
  }, 900_000);

  it('leaves nothing behind when it is interrupted', async () => {
    const child = start();
    const inDisaster = new Promise<void>((done) => child.stdout?.on('data', () => output.includes('[ 2/') && done()));
    await Promise.race([inDisaster, once(child, 'close')]);

    child.kill('SIGINT');
    const [code] = (await once(child, 'close')) as [number | null];

    expect(code).not.toBe(0);
    expect(output).toContain('interrupted');
    expect(leftIn(folder)).toEqual([]);
  }, 240_000);
});
