/**
 * Measures the status page in this one process, for `npm run bench -- status-page`: a year of history built, what changed published to
 * two folders, then served until told to stop. Says each as a line of JSON.
 *
 *     node dist/status-page/measuring/main.js FOLDER
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { loadLanguages } from '../languages/load-languages.js';
import { FolderPlace } from '../publishing/folder-place.js';
import { headerPolicy } from '../pages/security.js';
import { answerFrom } from '../serving/answer.js';
import { SiteBuilder } from '../site/build-site.js';
import { loadPictures } from '../site/pictures.js';
import { yearOfHistory } from '../testing/sample-status.js';

const [folder = ''] = process.argv.slice(2);
const languages = await loadLanguages(['en'], undefined);
const pictures = await loadPictures();
const facts = yearOfHistory(1_000, 100);
const timed = <T>(work: () => T): { readonly ms: number; readonly result: T } => {
  const begun = performance.now();
  const result = work();
  return { ms: performance.now() - begun, result };
};

// Nothing is kept from one to the next; the engine has seen the code before, as in a notifier that has run for a while.
const builds = Array.from({ length: 9 }, () => timed(() => new SiteBuilder(languages, pictures).build(facts)).ms);

const builder = new SiteBuilder(languages, pictures);
const places = ['a', 'b'].map((name) => new FolderPlace(name, join(folder, name)));
const never = new AbortController().signal;
const publish = async (number: number, minute: number): Promise<number> => {
  const generatedAt = new Date(Date.parse(facts.generatedAt) + minute * 60_000).toISOString();
  const begun = performance.now();
  const site = builder.build({ ...facts, generatedAt });
  const release = { generation: { term: 1, number }, generatedAt, site };
  await Promise.all(places.map((place) => place.publish(release, never)));
  return performance.now() - begun;
};
const first = await publish(1, 0);
const changes: number[] = [];
for (let number = 2; number <= 8; number += 1) changes.push(await publish(number, number));

const site = builder.build(facts);
const policy = headerPolicy(undefined);
const server = createServer((request, response) => {
  const answer = answerFrom(
    site,
    { method: request.method ?? '', url: request.url ?? '', headers: request.headers },
    policy,
  );
  response.writeHead(answer.status, answer.headers).end(answer.body);
});
server.listen(0, '127.0.0.1', () => {
  const firstViewBytes = site.get('index.html')?.body.length ?? 0;
  const { port } = server.address() as AddressInfo;
  process.stdout.write(`${JSON.stringify({ builds, first, changes, firstViewBytes, port })}\n`);
});
