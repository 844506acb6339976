/** What stands for a site's init system and its power switch: the estate file names it. */
import { DrError } from '@novacron/contracts';
import { ControlClient } from '../control/control-client.js';
import type { Verb } from '../control/verbs.js';
import { labFolderFrom } from '../layout/folders.js';
import { fullSiteNames, siteNames } from '../layout/ports.js';
import { runCommand, usageError } from './run-command.js';

const usage = `usage: labctl start|stop|running SITE postgres|redis|app
       labctl power-off|power-status SITE

start exits 75 when the server must not start because the estate has moved on without it.
running and power-status exit 0 for yes and 3 for no.

sites: ${fullSiteNames.join(', ')}`;

/** As `systemctl status` has it. */
const no = 3;
const mustNotStart = 75;

const verbs: readonly Verb[] = ['start', 'stop', 'running', 'power-off', 'power-status'];
const servers = ['postgres', 'redis', 'app'] as const;

await runCommand('labctl', async () => {
  const [name, siteName, serverName, ...more] = process.argv.slice(2);
  if (name === '--help' || name === '-h') {
    console.log(usage);
    return 0;
  }
  const verb = verbs.find((known) => known === name);
  const site = siteNames.find((known) => known === siteName);
  const component = servers.find((known) => known === serverName);
  const complete = verb?.startsWith('power-') === true ? serverName === undefined : component !== undefined;
  if (verb === undefined || site === undefined || !complete || more.length > 0) {
    console.error(usage);
    return usageError;
  }
  const lab = await ControlClient.of(labFolderFrom(process.env));
  try {
    console.log(await lab.ask(verb, { site, ...(component && { component }) }));
    return 0;
  } catch (cause) {
    const error = DrError.from(cause);
    if (error.code !== 'PRECONDITION_FAILED' && error.code !== 'EPOCH_MISMATCH') throw error;
    console.error(error.message);
    return error.code === 'EPOCH_MISMATCH' ? mustNotStart : no;
  }
});
