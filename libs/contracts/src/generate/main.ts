/** `npm run generate`: writes everything that is made from the contracts. The files are committed and checked for drift. */
import { existsSync } from 'node:fs';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { eventContracts, requestContracts } from '../messages/registry.js';
import '../estate/estate.js';
import { asyncApiFile } from './async-api.js';
import { errorsDoc, estateDoc, eventsDoc } from './docs-files.js';
import { fixtureFiles } from './fixture-files.js';
import { natsPermissionsFile } from './nats-permissions.js';
import { releasedFiles } from './released-files.js';
import { type GeneratedFile, schemaFiles } from './schema-files.js';

const project = resolve(import.meta.dirname, '../../../..');

const files = [
  ...schemaFiles(eventContracts, requestContracts),
  asyncApiFile(eventContracts, requestContracts),
  natsPermissionsFile(eventContracts, requestContracts),
  eventsDoc(eventContracts, requestContracts),
  errorsDoc(),
  estateDoc(),
];

for (const file of files) await write(file);
// Written once, never again: what was sent or promised before is not changed by what is declared now.
const golden = [...fixtureFiles(eventContracts, requestContracts), ...releasedFiles(eventContracts, requestContracts)];
for (const file of golden) if (!existsSync(join(project, file.path))) await write(file);

const schemas = join(project, 'libs/contracts/schemas');
const wanted = new Set(files.map(({ path }) => join(project, path)));
for (const name of await readdir(schemas)) {
  if (!wanted.has(join(schemas, name))) await rm(join(schemas, name));
}

async function write({ path, text }: GeneratedFile): Promise<void> {
  const file = join(project, path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
}
