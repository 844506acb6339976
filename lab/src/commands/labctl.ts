/** What stands for a site's init system and its power switch: the estate file names it. */
import type { ErrorReply } from '@novacron/contracts';
import { controlAddress, controlRequest } from '../control/control-request.js';
import type { Verb, VerbRequest } from '../control/verbs.js';
import { labFolderFrom } from '../layout/folders.js';
import { fullSiteNames, siteNames } from '../layout/ports.js';

const usage = `usage: labctl start|stop|running SITE postgres|redis|app
       labctl app-mode SITE active|standby
       labctl power-off|power-status SITE

start exits 75 when the server must not start because the estate has moved on without it.
running and power-status exit 0 for yes and 3 for no.

sites: ${fullSiteNames.join(', ')}`;

/** As `systemctl status` has it for no. */
const exitCodes: Partial<Record<ErrorReply['code'], number>> = { PRECONDITION_FAILED: 3, EPOCH_MISMATCH: 75 };
const usageError = 2;

const servers = ['postgres', 'redis', 'app'] as const;
const modes = ['active', 'standby'] as const;

/** The third word of each verb, by the name that it has in the order. */
const objects = {
  start: ['component', servers],
  stop: ['component', servers],
  running: ['component', servers],
  'app-mode': ['mode', modes],
  'power-off': undefined,
  'power-status': undefined,
} as const satisfies Partial<Record<Verb, readonly [keyof VerbRequest, readonly string[]] | undefined>>;

/** What to ask of the lab; undefined when the words make no sense. */
function understood(words: readonly string[]): { verb: Verb; order: VerbRequest } | undefined {
  const [name = '', siteName, object] = words;
  const site = siteNames.find((known) => known === siteName);
  if (!Object.hasOwn(objects, name) || site === undefined) return undefined;
  const verb = name as keyof typeof objects;
  const wanted = objects[verb];
  if (wanted === undefined) return words.length === 2 ? { verb, order: { site } } : undefined;
  const [field, values] = wanted;
  const value = (values as readonly string[]).find((known) => known === object);
  return value === undefined || words.length !== 3 ? undefined : { verb, order: { site, [field]: value } };
}

async function main(words: readonly string[]): Promise<number> {
  if (words.includes('--help') || words.includes('-h')) {
    console.log(usage);
    return 0;
  }
  const wanted = understood(words);
  if (wanted === undefined) {
    console.error(usage);
    return usageError;
  }
  const { verb, order } = wanted;
  const folder = labFolderFrom(process.env);
  const address = controlAddress(folder);
  const answer = address && (await controlRequest(address, 'POST', verb, order).catch(() => undefined));
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
