/** `npm run lab -- VERB SITE`: faults on a running lab. */
import { ControlClient } from '../control/control-client.js';
import type { Verb, VerbRequest } from '../control/verbs.js';
import { labFolderFrom } from '../layout/folders.js';
import { siteNames } from '../layout/ports.js';
import { runCommand, usageError } from './run-command.js';
import { statusTable } from './status-table.js';

const usage = `usage: npm run lab -- VERB SITE

  kill SITE         kill -9 of every process of the site; it stays dead until revived
  revive SITE       power on and start what may start
  partition SITE    nothing gets in or out, and nobody is told
  slow MS SITE      everything takes MS milliseconds longer, in each direction
  heal SITE         end of partition and slow
  corrupt SITE      flip one bit of one backup object on the site's disk
  status            every site, server and service

sites: ${siteNames.join(', ')}`;

const faults: readonly Verb[] = ['kill', 'revive', 'partition', 'heal', 'slow', 'corrupt'];

await runCommand('lab', async () => {
  const words = process.argv.slice(2);
  if (words.includes('--help') || words.includes('-h')) {
    console.log(usage);
    return 0;
  }
  if (words.length === 1 && words[0] === 'status') {
    const lab = await ControlClient.of(labFolderFrom(process.env));
    console.log(statusTable(await lab.status()));
    return 0;
  }
  const order = understood(words);
  if (typeof order === 'string') {
    console.error(`lab: ${order}\n\n${usage}`);
    return usageError;
  }
  const lab = await ControlClient.of(labFolderFrom(process.env));
  console.log(await lab.ask(order.verb, order.request));
  return 0;
});

/** The order, or what is wrong with it. */
function understood([name = '', ...rest]: readonly string[]): { verb: Verb; request: VerbRequest } | string {
  const verb = faults.find((fault) => fault === name);
  if (verb === undefined) return name === '' ? 'no verb' : `unknown verb ${JSON.stringify(name)}`;
  const [delay, siteName] = verb === 'slow' ? [Number(rest[0]), rest[1]] : [undefined, rest[0]];
  if (rest.length > (verb === 'slow' ? 2 : 1)) return `too many words after ${verb}`;
  if (delay !== undefined && !(Number.isInteger(delay) && delay >= 0 && delay <= 60_000)) {
    return `${JSON.stringify(rest[0] ?? '')} is not a number of milliseconds from 0 to 60000`;
  }
  const site = siteNames.find((known) => known === siteName);
  if (site === undefined)
    return siteName === undefined ? `${verb} which site?` : `unknown site ${JSON.stringify(siteName)}`;
  return { verb, request: { site, ...(delay === undefined ? {} : { delayMs: delay }) } };
}
