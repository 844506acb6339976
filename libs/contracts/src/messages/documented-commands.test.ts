import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { requestContracts } from './registry.js';
import { validate } from './validate.js';

const root = join(import.meta.dirname, '../../../..');
const pages = ['README.md', 'docs/operations.md'];
const line = /nats req dr\.(?:<estate>|novacron)\.(command|query)\.([a-z-]+)\.([a-z-]+) '(\{[^\n]*?\})'/gu;

/** Every request that a page shows as it is typed; what stands for something else is given a name. */
const documented = pages.flatMap((page) =>
  [...readFileSync(join(root, page), 'utf8').matchAll(line)].map(([, kind, service, verb, body = '']) => ({
    ...{ page, kind, service, verb, body: body.replaceAll(/…|<[^>]+>/gu, 'x') },
  })),
);

describe('a request that a page shows', () => {
  it('is found on every page', () => {
    expect(new Set(documented.map(({ page }) => page))).toEqual(new Set(pages));
    expect(documented.length).toBeGreaterThan(25);
  });

  it.each(documented)('$page: $kind $service $verb $body is one that the service takes', (asked) => {
    const contract = requestContracts.find(
      ({ kind, service, verb }) => kind === asked.kind && service === asked.service && verb === asked.verb,
    );
    if (contract === undefined) throw new Error('there is no such request');
    validate(contract.class, JSON.parse(asked.body), 'strict');
  });
});
