import { addressOf, parseHosts } from './address-of.js';

describe('the address of a host', () => {
  it.each([
    ['10.0.0.1 db', 'db', '10.0.0.1'],
    ['10.0.0.1\tdb.example.org  DB # the old one', 'db', '10.0.0.1'],
    ['::1 db\n10.0.0.1 db', 'db', '10.0.0.1'],
    ['10.0.0.1 db\n10.0.0.2 db', 'db', '10.0.0.1'],
    ['# 10.0.0.1 db', 'db', undefined],
    ['nonsense db', 'db', undefined],
    ['', 'localhost', '127.0.0.1'],
  ])('of the hosts file %j: %s is at %s', (text, name, address) => {
    expect(parseHosts(text).get(name)).toBe(address);
  });

  it('is itself when it is one', async () => {
    expect(await addressOf('192.0.2.1', new AbortController().signal)).toBe('192.0.2.1');
    expect(await addressOf('::1', new AbortController().signal)).toBe('::1');
  });
});
