/** `npm start`: the lab and the services, until Ctrl-C, with a live summary. */
import { LoadClient } from '../app/load-client.js';
import { startLab } from '../start-lab.js';
import { labFolderFrom } from '../layout/folders.js';
import { portBaseFrom } from '../layout/port-base.js';
import { probePaceFrom } from '../layout/probe-pace.js';
import { LiveSummary } from '../summary/live-summary.js';
import { interruption } from './interruption.js';
import { runCommand, usageError } from './run-command.js';

const usage = `usage: npm start [-- --no-services] [-- --no-load]

  --no-services  the estate's servers alone, without the control plane
  --no-load      no customers: nobody writes

DR_LAB_PORT_BASE moves every port (24000), DR_LAB_DIR the folder (.lab). DR_LAB_PROBE_SECONDS is how often the vantages look: each second, but
every three where the lab finds that programs are slow to start; what takes service away is found later then.`;

const loadEveryMs = 100;

await runCommand('lab', async () => {
  const words = process.argv.slice(2);
  if (words.includes('--help') || words.includes('-h')) {
    console.log(usage);
    return 0;
  }
  const unknown = words.find((word) => word !== '--no-services' && word !== '--no-load');
  if (unknown !== undefined) {
    console.error(`lab: unknown option ${unknown}\n\n${usage}`);
    return usageError;
  }

  const { signal, exitCode } = interruption();
  const startedAt = performance.now();
  const log = (line: string): void => console.log(`lab: ${line}`);
  const pace = await probePaceFrom(process.env);
  if (pace.notice !== undefined) log(pace.notice);
  const lab = await startLab({
    dir: labFolderFrom(process.env),
    portBase: portBaseFrom(process.env),
    services: !words.includes('--no-services'),
    estate: pace.estate,
    log,
    signal,
  }).catch((error: unknown) => {
    if (!signal.aborted) throw error;
    console.error('lab: interrupted while starting; everything has been stopped');
    return undefined;
  });
  if (lab === undefined) return exitCode();
  console.log(`lab: ready after ${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
  console.log(`lab: where everything is: ${lab.folders.labFile}`);

  const { router, statusPage, inbox } = lab.file();
  const load = new LoadClient({ url: router.http, everyMs: loadEveryMs, file: lab.folders.acknowledgedFile });
  if (!words.includes('--no-load')) load.start();
  const summary = new LiveSummary(lab, load);
  console.log(`lab: status page ${statusPage.url}, inbox ${inbox.url}, customers write to ${router.http}`);
  await summary.show(signal);

  console.log('lab: stopping');
  await load.stop();
  await lab.stop();
  console.log('lab: stopped');
  return 0;
});
