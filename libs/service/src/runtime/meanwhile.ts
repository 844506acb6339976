import type { RequestListener } from 'node:http';
import type { LoadedEstate } from '../estate/loaded-estate.js';
import type { JsonLogger } from '../logging/json-logger.js';

/** What a service answers over HTTP before it has a bus. */
export type Meanwhile = (estate: LoadedEstate, logger: JsonLogger) => RequestListener;

const waiting = { status: 'not ready', checks: [{ name: 'bus', ready: false, reason: 'waiting for NATS' }] };

/** It lives, and is not ready; everything else is the service's own, or asked to come again. */
export function beforeTheBus(own: RequestListener | undefined): RequestListener {
  return (request, response) => {
    const path = request.url?.split('?', 1)[0];
    const say = (status: number, body: unknown): void => {
      response
        .writeHead(status, { 'Content-Type': 'application/json; charset=utf-8', 'Cache-Control': 'no-store' })
        .end(JSON.stringify(body));
    };
    if (path === '/health/live') say(200, { status: 'alive' });
    else if (path === '/health/ready') say(503, waiting);
    else if (own !== undefined) own(request, response);
    else {
      response.setHeader('Retry-After', '5');
      say(503, waiting);
    }
  };
}
