/** `npm run drill`: a lab, one whole disaster in it, and what was measured. */
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { figuresOf, type Figure, isMet } from '../drill/goals.js';
import { Progress, seconds } from '../drill/progress.js';
import { type DrillOutcome, runDrill } from '../drill/run-drill.js';
import { timelineOf } from '../drill/timeline.js';
import { startLab } from '../start-lab.js';
import { labFolderFrom } from '../layout/folders.js';
import { portBaseFrom } from '../layout/port-base.js';
import { probePaceFrom } from '../layout/probe-pace.js';
import { renderDrillReport } from '../report/render-drill-report.js';
import { interruption } from './interruption.js';
import { runCommand, usageError } from './run-command.js';

const usage = `usage: npm run drill

Starts the lab and the five services, kills the primary site under load, and follows the whole way: detected, failed over, told,
restored to a point in time, brought home. Writes .lab/drill-report.json and .lab/drill-report.html; exit 0 only if all of it held.

DR_LAB_PORT_BASE moves every port (24000), DR_LAB_DIR the folder (.lab). DR_LAB_PROBE_SECONDS is how often the vantages look: each second, but
every three where the lab finds that programs are slow to start; what takes service away is found later then.`;

await runCommand('drill', async () => {
  const [word] = process.argv.slice(2);
  if (word !== undefined) {
    const help = word === '--help' || word === '-h';
    (help ? console.log : console.error)(help ? usage : `drill: unknown option ${word}\n\n${usage}`);
    return help ? 0 : usageError;
  }

  const { signal, exitCode } = interruption();
  const startedAt = Date.now();
  const log = (line: string): void => console.log(`lab: ${line}`);
  const pace = await probePaceFrom(process.env);
  if (pace.notice !== undefined) log(pace.notice);
  const lab = await startLab({
    ...{ dir: labFolderFrom(process.env), portBase: portBaseFrom(process.env) },
    ...{ services: true, estate: pace.estate, log, signal },
  }).catch((error: unknown) => {
    if (!signal.aborted) throw error;
    return undefined;
  });
  if (lab === undefined) {
    console.error('drill: interrupted; everything has been stopped');
    return exitCode();
  }
  try {
    console.log(`lab: ready after ${seconds(Date.now() - startedAt)}`);
    // Ctrl-C must not wait for the phase that is under way: what it waits for dies with the lab.
    const interrupted = new Promise<undefined>((resolve) =>
      signal.addEventListener('abort', () => resolve(undefined), { once: true }),
    );
    const drill = runDrill(lab, new Progress((line) => console.log(line)), startedAt, signal);
    const outcome = await Promise.race([drill, interrupted]);
    if (outcome === undefined) {
      drill.catch(() => undefined);
      console.error('drill: interrupted; everything is being stopped');
      return exitCode();
    }
    await writeReports(lab.folders.root, outcome);
    show(outcome, lab.folders.root);
    if (!outcome.report.passed && pace.seconds === 1)
      console.log('drill: a machine that is slow or busy may need DR_LAB_PROBE_SECONDS=3 npm run drill (see --help)');
    return outcome.report.passed ? 0 : 1;
  } finally {
    await lab.stop();
    if (signal.aborted) process.exit(exitCode());
  }
});

async function writeReports(folder: string, outcome: DrillOutcome): Promise<void> {
  const write = async (name: string, text: string): Promise<void> => {
    await writeFile(join(folder, `${name}.new`), text);
    await rename(join(folder, `${name}.new`), join(folder, name));
  };
  await write('drill-report.json', `${JSON.stringify(outcome.report, undefined, 2)}\n`);
  await write('drill-report.html', renderDrillReport(outcome.report, timelineOf(outcome)));
}

function show({ report, context, durationMs }: DrillOutcome, folder: string): void {
  const { rto, rpo } = report;
  console.log('');
  console.log(`RTO  ${seconds(rto.measuredMs)} measured, ${seconds(rto.targetMs)} promised`);
  console.log(
    `RPO  ${seconds(rpo.measuredMs)} and ${rpo.lostRows} of ${rpo.acknowledgedRows} rows measured, ${seconds(rpo.targetMs)} promised`,
  );
  for (const figure of figuresOf(context.findings, durationMs)) console.log(figureLine(figure));
  console.log(`     report: ${join(folder, 'drill-report.html')}`);
  console.log(report.passed ? 'drill: passed' : 'drill: FAILED');
}

function figureLine(figure: Figure): string {
  const shown = (value: number | undefined): string => {
    if (value === undefined) return 'not measured';
    return figure.unit === 'ms' ? seconds(value) : String(value);
  };
  return `${isMet(figure) ? 'ok  ' : 'MISS'} ${figure.name}: ${shown(figure.value)} (goal ≤ ${shown(figure.goal)})`;
}
