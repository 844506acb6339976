// Publishes releases of many files into a folder, one after the other, until it is killed:
//     node publish.fixture.mjs FOLDER TERM [FILES BYTES]
// and says each outcome as a line of JSON. With a number of bytes it publishes one release of that size, and ends.
import { FolderPlace } from '../../../dist/status-page/publishing/folder-place.js';
import { siteFile } from '../../../dist/status-page/site/site-file.js';

const [folder, term, files = '40', bytes] = process.argv.slice(2);
const place = new FolderPlace('folder', folder);
const never = new AbortController().signal;
const say = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);

const release = (number) => {
  const text = `${term}.${number}`;
  const filler = 'x'.repeat(bytes === undefined ? 500 : Math.ceil(Number(bytes) / Number(files)));
  const site = Array.from({ length: Number(files) }, (_, index) => siteFile(`page-${index}.html`, `${text} ${filler}`));
  site.push(siteFile('index.html', text));
  const generation = { term: Number(term), number };
  return { generation, generatedAt: '2026-03-15T10:00:00.000Z', site: new Map(site.map((file) => [file.path, file])) };
};

const last = bytes === undefined ? Infinity : 1;
for (let number = 1; number <= last; number += 1) {
  await place.publish(release(number), never).then(
    (outcome) => say(outcome),
    ({ code, message }) => say({ code, message }),
  );
}
