/** What stands for a site's init system and its power switch: the estate file names it. */
import type { ErrorReply } from '@novacron/contracts';
import { controlAddress, controlRequest } from '../control/control-request.js';
import type { Verb } from '../control/verbs.js';
import { labFolderFrom } from '../layout/folders.js';
import { fullSiteNames, siteNames } from '../layout/ports.js';

const usage = `usage: labctl start|stop|running SITE postgres|redis|app
       labctl power-off|power-status SITE

start exits 75 when the server must not start because the estate has moved on without it.
running and power-status exit 0 for yes and 3 for no.

sites: ${fullSiteNames.join(', ')}`;

/** As `systemctl status` has it for no. */
const exitCodes: Partial<Record<ErrorReply['code'], number>> = { PRECONDITION_FAILED: 3, EPOCH_MISMATCH: 75 };
const usageError = 2;

const verbs: readonly Verb[] = ['start', 'stop', 'running', 'power-off', 'power-status'];
const servers = ['postgres', 'redis', 'app'] as const;

async function main([name, siteName, serverName, ...more]: readonly string[]): Promise<number> {
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
  const folder = labFolderFrom(process.env);
  const address = controlAddress(folder);
  const answer = address && (await controlRequest(address, 'POST', verb, { site, component }).catch(() => undefined));
  if (answer === undefined) {
    console.error(`labctl: no lab answers in ${folder}\n  start one: npm start`);
    return 1;
  }
  if (answer.status === 200) {
    console.log((answer.body as { message: string }).message);
    return 0;
  }
  const { code, message, hint, details } = answer.body as ErrorReply;
  const known = exitCodes[code];
  const problems = details.map(({ path, problem }) => `  ${path}: ${problem}\n`).join('');
  console.error(known === undefined ? `labctl: ${message}\n${problems}  ${hint}` : message);
  return known ?? 1;
}

process.exitCode = await main(process.argv.slice(2));
