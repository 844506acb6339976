/**
 * `npm run status-page`: serves the status page from a folder that notifiers publish into. It needs neither a bus nor a notifier nor
 * the estate file, so that it can stand where nothing else does.
 *
 *     npm run status-page -- --folder PATH [--folder PATH] [--host 127.0.0.1] [--port 8080]
 *
 * Exit 0 when it was asked to stop, 78 for arguments to correct.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parseArgs } from 'node:util';
import { servePublished } from './last-page.js';
import { PublishedFolder } from './published-folder.js';

const usage = `usage: npm run status-page -- --folder PATH [--folder PATH …] [--host 127.0.0.1] [--port 8080]

Serves the status page that a notifier publishes into a folder (communication.statusPage.folder, or a place of
kind folder). Of several folders the newest page is served. The page says so itself once it is old.

  --folder PATH   what the estate file calls folder, or path: the one that has "current" and "releases" in it
  --host ADDRESS  where to listen; 127.0.0.1 unless given
  --port NUMBER   the port; 8080 unless given, 0 takes a free one
`;

function fail(problem: string): never {
  process.stderr.write(`status-page: ${problem}\n\n${usage}`);
  process.exit(78);
}

function asked(): { readonly folders: readonly string[]; readonly host: string; readonly port: number } {
  try {
    const { values } = parseArgs({
      options: {
        folder: { type: 'string', multiple: true, default: [] },
        host: { type: 'string', default: '127.0.0.1' },
        port: { type: 'string', default: '8080' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    if (values.help) {
      process.stdout.write(usage);
      process.exit(0);
    }
    if (values.folder.length === 0) fail('no folder is named: give --folder');
    if (!/^\d{1,5}$/u.test(values.port) || Number(values.port) > 65_535)
      fail(`--port ${values.port} is no port number`);
    return { folders: values.folder, host: values.host, port: Number(values.port) };
  } catch (error) {
    return fail((error as Error).message);
  }
}

const { folders, host, port } = asked();
const published = new PublishedFolder(folders);
await published.site(Date.now());
for (const problem of published.problems.values()) process.stderr.write(`status-page: ${problem}; looking again\n`);
const server = createServer(servePublished(published, Date.now));
server.on('error', (error) => fail(error.message));
server.listen(port, host, () => {
  process.stdout.write(`status-page: http://${host}:${(server.address() as AddressInfo).port}/\n`);
});
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => process.exit(0));
