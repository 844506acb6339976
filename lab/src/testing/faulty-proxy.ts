import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What is done with one request in place of passing it on whole. */
export type Fault =
  | { readonly answer: number; readonly code: string }
  /** The server does its work, and nobody hears of it. */
  | 'lose the answer'
  /** The server answers whole, the connection breaks in the middle of it. */
  | 'cut the answer'
  /** The server is sent half of the body. */
  | 'cut the request'
  /** Answered with 200 and an error in the body; the server never sees it. */
  | 'error inside 200'
  /** Passed on after so long. */
  | { readonly waitMs: number };

export interface PlannedFault {
  /** Of the request's method and path with its query. */
  readonly on: RegExp;
  readonly fault: Fault;
  /** So many requests; then the server is well again. */
  times: number;
}

/** Between a client and an HTTP server, as the worst network and the worst server would be. */
export class FaultyProxy {
  readonly plan: PlannedFault[] = [];
  /** What was asked, in order: method and path. */
  readonly asked: string[] = [];
  private readonly server = http.createServer((request, response) => this.take(request, response));

  private constructor(private readonly target: URL) {}

  static async start(target: string): Promise<FaultyProxy> {
    const proxy = new FaultyProxy(new URL(target));
    proxy.server.listen(0, '127.0.0.1');
    await new Promise((resolve) => proxy.server.once('listening', resolve));
    return proxy;
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  stop(): void {
    this.server.closeAllConnections();
    this.server.close();
  }

  private take(request: IncomingMessage, response: ServerResponse): void {
    const what = `${request.method} ${request.url}`;
    this.asked.push(what);
    const planned = this.plan.find(({ on, times }) => times > 0 && on.test(what));
    if (planned === undefined) {
      this.passOn(request, response, undefined);
      return;
    }
    planned.times -= 1;
    const { fault } = planned;
    if (fault === 'error inside 200') request.resume().on('end', () => refuse(response, 200, 'InternalError'));
    else if (typeof fault === 'object' && 'answer' in fault)
      request.resume().on('end', () => refuse(response, fault.answer, fault.code));
    else if (typeof fault === 'object') setTimeout(() => this.passOn(request, response, undefined), fault.waitMs);
    else this.passOn(request, response, fault);
  }

  private passOn(request: IncomingMessage, response: ServerResponse, fault: Fault | undefined): void {
    const { method, url, headers } = request;
    const { hostname, port } = this.target;
    const onward = http.request({ hostname, port, method, path: url, headers, agent: false }, (answer) => {
      if (fault === 'lose the answer') {
        answer.resume().on('end', () => request.socket.destroy());
        return;
      }
      response.writeHead(answer.statusCode ?? 500, answer.headers);
      if (fault !== 'cut the answer') answer.pipe(response);
      else
        answer.once('data', (chunk: Buffer) =>
          response.write(chunk.subarray(0, chunk.length / 2), () => request.socket.destroy()),
        );
    });
    // What follows a whole answer, as a body to a HEAD does, is not the client's business.
    onward.on('error', () => response.headersSent || request.socket.destroy());
    if (fault !== 'cut the request') request.pipe(onward);
    else
      request.once('data', (chunk: Buffer) =>
        onward.write(chunk.subarray(0, chunk.length / 2), () => {
          onward.destroy();
          request.socket.destroy();
        }),
      );
  }
}

function refuse(response: ServerResponse, status: number, code: string): void {
  response.writeHead(status, { 'content-type': 'application/xml' });
  response.end(`<?xml version="1.0"?><Error><Code>${code}</Code><Message>it was planned</Message></Error>`);
}
