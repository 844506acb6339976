import type { RequestListener } from 'node:http';
import type { LoadedEstate, Meanwhile } from '@novacron/service';
import { framePolicy } from '../pages/security.js';
import { answerFrom } from './answer.js';
import { PublishedFolder } from './published-folder.js';

/** Serves what was published into folders last, and says so on the page once it is old. */
export function servePublished(published: PublishedFolder, nowMs: () => number): RequestListener {
  return (request, response) => {
    void published.site(nowMs()).then((site) => {
      const { method = 'GET', url = '/', headers } = request;
      const answer = site.size === 0 ? notYet : answerFrom(site, { method, url, headers }, framePolicy);
      response.writeHead(answer.status, answer.headers).end(answer.body);
    });
  };
}

/** What a notifier serves before it has a bus: the page as it, or another, published it last. */
export const lastPage: Meanwhile = (loaded: LoadedEstate, logger) => {
  const { folder, places = [] } = loaded.estate.communication.statusPage;
  const folders = [folder, ...places.map((place) => (place.kind === 'folder' ? place.path : undefined))];
  const known = folders.filter((one) => one !== undefined).map((one) => loaded.path(one));
  logger.info('status page: serving what was published last until there is a bus', { folders: known });
  return servePublished(new PublishedFolder(known), Date.now);
};

const notYet = {
  status: 503,
  headers: { 'Content-Type': 'text/plain; charset=utf-8', 'Retry-After': '5', 'Cache-Control': 'no-store' },
  body: Buffer.from('The status page is not published yet.\n'),
};
