/**
 * Receives what the notifier sends: mail over SMTP, webhooks over HTTP, each a file in the inbox's folder.
 *
 *     node main.js FOLDER SMTP-PORT HTTP-PORT
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { SMTPServer } from 'smtp-server';
import { inboxPage } from './inbox-page.js';
import { parseMail } from './mail.js';
import { MessageFolder } from './message-folder.js';

const [folderPath = '.', smtpPort, httpPort] = process.argv.slice(2);
const folder = await MessageFolder.open(folderPath);

const smtp = new SMTPServer({
  authOptional: true,
  disabledCommands: ['STARTTLS', 'AUTH'],
  disableReverseLookup: true,
  logger: false,
  onData(stream, session, done) {
    const receivedAt = new Date().toISOString();
    const { mailFrom, rcptTo } = session.envelope;
    buffer(stream)
      .then((raw) =>
        folder.add({
          channel: 'email',
          receivedAt,
          from: mailFrom === false ? '' : mailFrom.address,
          to: rcptTo.map(({ address }) => address),
          ...parseMail(raw.toString('utf8')),
        }),
      )
      .then(() => done())
      .catch((error: unknown) => done(error instanceof Error ? error : new Error(String(error))));
  },
});
smtp.on('error', (error) => console.error(String(error)));
smtp.listen(Number(smtpPort), '127.0.0.1');

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { method, url = '/' } = request;
  if (method === 'POST') {
    const receivedAt = new Date().toISOString();
    const text = (await buffer(request)).toString('utf8');
    await folder.add({
      channel: 'webhook',
      receivedAt,
      path: url,
      headers: plain(request.headers),
      body: jsonOr(text),
    });
    response.writeHead(204).end();
  } else if (method === 'GET' && url === '/messages') {
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(folder.messages));
  } else if (method === 'DELETE' && url === '/messages') {
    await folder.clear();
    response.writeHead(204).end();
  } else if (method === 'GET' && url === '/') {
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(inboxPage(folder.messages));
  } else {
    response.writeHead(404).end();
  }
}

function plain(headers: IncomingMessage['headers']): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
}

function jsonOr(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

createServer((request, response) => {
  answer(request, response).catch((error: unknown) => {
    console.error(String(error));
    response.writeHead(500).end();
  });
}).listen(Number(httpPort), '127.0.0.1');
