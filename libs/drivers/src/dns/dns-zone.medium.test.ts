import { requireProgram } from '../command/programs.js';
import { type KnotServer, startKnot } from '../testing/start-knot.js';
import { DnsZone } from './dns-zone.js';

describe('DnsZone', () => {
  let knot: KnotServer;
  let zone: DnsZone;
  const app = { name: 'app.novacron.test', type: 'CNAME', ttlSeconds: 5 } as const;

  beforeAll(async () => {
    knot = await startKnot(requireProgram('knotd'), 'novacron.test', [
      'primary A 127.0.0.1',
      'secondary A 127.0.0.1',
      'app CNAME primary',
    ]);
    zone = new DnsZone(knot.options);
  });
  afterAll(() => knot.stop());

  it('replaces a record only where the old value stands', async () => {
    await zone.replace({ ...app, from: 'primary.novacron.test', to: 'secondary.novacron.test' });
    expect(await zone.read(app.name, 'CNAME')).toEqual(['secondary.novacron.test']);

    await expect(zone.replace({ ...app, from: 'primary.novacron.test', to: 'dr.novacron.test' })).rejects.toMatchObject(
      {
        code: 'PRECONDITION_FAILED',
        details: [{ path: app.name, problem: expect.stringContaining('secondary.novacron.test') as string }],
      },
    );
    expect(await zone.read(app.name, 'CNAME')).toEqual(['secondary.novacron.test']);
  });

  it.each([
    ['A', '127.0.0.9'],
    ['AAAA', '2001:db8::7'],
    ['TXT', 'epoch=2'],
  ] as const)('creates a %s record where there was none, and not twice', async (type, to) => {
    const change = { name: `new-${type.toLowerCase()}.novacron.test`, type, ttlSeconds: 5, from: undefined, to };
    await zone.replace(change);
    expect(await zone.read(change.name, type)).toEqual([to]);
    await expect(zone.replace(change)).rejects.toMatchObject({ code: 'PRECONDITION_FAILED' });
  });

  it('is refused with a key that does not fit', async () => {
    const key = { ...knot.options.key, secretBase64: Buffer.alloc(32, 8).toString('base64') };
    const forged = new DnsZone({ ...knot.options, key });
    await expect(
      forged.replace({ ...app, from: 'secondary.novacron.test', to: 'primary.novacron.test' }),
    ).rejects.toMatchObject({
      code: 'COMMAND_FAILED',
      message: expect.stringContaining('NOTAUTH') as string,
    });
  });

  it('reads nothing where nothing is, and says when nobody answers', async () => {
    expect(await zone.read('absent.novacron.test', 'A')).toEqual([]);
    const away = new DnsZone({ ...knot.options, port: 1, timeoutMs: 300 });
    await expect(away.read(app.name, 'CNAME')).rejects.toMatchObject({ code: 'UNREACHABLE' });
  });
});
