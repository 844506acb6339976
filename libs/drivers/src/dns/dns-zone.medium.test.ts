import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
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

  it('takes a record away only where the old value stands', async () => {
    const gone = { name: 'gone.novacron.test', type: 'A', ttlSeconds: 5 } as const;
    await zone.replace({ ...gone, from: undefined, to: '127.0.0.7' });
    await expect(zone.replace({ ...gone, from: '127.0.0.8', to: undefined })).rejects.toMatchObject({
      code: 'PRECONDITION_FAILED',
    });
    await zone.replace({ ...gone, from: '127.0.0.7', to: undefined });
    expect(await zone.read(gone.name, 'A')).toEqual([]);
  });

  it('knows its own change when the answer to the datagram was lost', async () => {
    const lossy = await loseFirstAnswer(knot.options);
    const change = { name: 'lossy.novacron.test', type: 'A', ttlSeconds: 5, from: undefined, to: '127.0.0.3' } as const;
    await new DnsZone({ ...knot.options, port: lossy.port, timeoutMs: 2_000 }).replace(change);
    expect(lossy.lost()).toBe(1);
    expect(await zone.read(change.name, 'A')).toEqual([change.to]);
    lossy.close();
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

/** Passes datagrams and connections on, but not the answer to the first datagram. */
async function loseFirstAnswer({ host, port }: { host: string; port: number }) {
  const tcp = createServer((client) => {
    const server = connect(port, host);
    client.pipe(server).pipe(client);
    for (const socket of [client, server]) socket.on('error', () => undefined);
  }).listen(0, '127.0.0.1');
  await once(tcp, 'listening');
  const own = (tcp.address() as AddressInfo).port;
  const udp = createSocket('udp4').bind(own, '127.0.0.1');
  let lost = 0;
  udp.on('message', (message, from) => {
    const server = createSocket('udp4');
    server.on('message', (answer) => {
      server.close();
      if (lost > 0) udp.send(answer, from.port, from.address);
      else lost += 1;
    });
    server.send(message, port, host);
  });
  await once(udp, 'listening');
  const close = () => {
    tcp.close();
    udp.close();
  };
  return { port: own, lost: () => lost, close };
}
