import { timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { json } from 'node:stream/consumers';
import { DrError, errorCodes } from '@novacron/contracts';
import type { Lab } from '../lab.js';
import { assertAgent, obey } from './agent.js';
import { labStatus } from './lab-status.js';
import { agentVerbs, checkedRequest, isVerb, verbs } from './verbs.js';

export interface ControlServer {
  close(): Promise<void>;
}

/** Takes the orders of `npm run lab`, of `bin/labctl` and of the estate's webhooks: HTTP on loopback, with a token that only this lab's user can read. */
export async function openControl(lab: Lab): Promise<ControlServer> {
  const { folders, ports, setting } = lab;
  const url = `http://127.0.0.1:${ports.control}`;
  const token = Buffer.from(`Bearer ${setting.secrets.control}`);
  const server = createServer((request, response) => {
    answer(lab, token, request)
      .then((body) => send(response, 200, body))
      .catch((cause: unknown) => {
        const error = DrError.from(cause);
        send(response, errorCodes[error.code].status, error.toReply());
      });
  });
  server.listen(ports.control, '127.0.0.1');
  await once(server, 'listening');
  await writeFile(folders.secret('control'), JSON.stringify({ url, token: setting.secrets.control }), { mode: 0o600 });
  return {
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function answer(lab: Lab, token: Buffer, request: IncomingMessage): Promise<unknown> {
  const given = Buffer.from(request.headers.authorization ?? '');
  if (given.length !== token.length || !timingSafeEqual(given, token)) {
    throw new DrError('PRECONDITION_FAILED', 'the control token is missing or wrong');
  }
  const path = request.url?.slice(1) ?? '';
  if (request.method === 'GET' && path === 'status') return labStatus(lab);
  if (request.method === 'POST' && path === 'agent') return obey(lab, await json(request));
  if (request.method === 'POST' && isVerb(path)) {
    const order = checkedRequest(await json(request));
    if (agentVerbs.includes(path)) assertAgent(lab, order.site);
    return { message: await verbs[path](lab, order) };
  }
  throw new DrError('NOT_FOUND', `there is no ${request.method} ${request.url}`);
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
