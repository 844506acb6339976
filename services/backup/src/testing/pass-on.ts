import http, { type IncomingMessage, type ServerResponse } from 'node:http';

/** Has a server of this machine answer what was asked here. */
export function passOn(request: IncomingMessage, response: ServerResponse, port: number): void {
  const { method, url, headers } = request;
  const onward = http.request({ host: '127.0.0.1', port, path: url, method, headers, agent: false }, (answer) => {
    response.writeHead(answer.statusCode ?? 500, answer.headers);
    answer.pipe(response);
  });
  // What follows a whole answer, as a body to a HEAD does, is not the client's business.
  onward.on('error', () => response.headersSent || request.socket.destroy());
  request.socket.once('close', () => onward.destroy());
  request.pipe(onward);
}
