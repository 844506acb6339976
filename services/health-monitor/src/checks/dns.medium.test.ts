import { eventually } from '@novacron/bus/testing';
import { requireProgram } from '@novacron/drivers';
import { freePort, type KnotServer, startKnot } from '@novacron/drivers/testing';
import { look } from '../testing/look.js';
import { DnsProbe, type DnsQuestion } from './dns.js';

describe('the dns check', () => {
  let knot: KnotServer;
  let nobody: number;
  const ask = (question: Partial<DnsQuestion>, ports: readonly number[] = [knot.options.port]): DnsProbe =>
    new DnsProbe({
      resolvers: ports.map((port) => ({ host: 'localhost', port })),
      name: 'api.example.org',
      type: 'A',
      ...question,
    });

  beforeAll(async () => {
    nobody = await freePort();
    knot = await startKnot(requireProgram('knotd'), 'example.org', [
      'api A 192.0.2.7',
      'api A 192.0.2.8',
      'api AAAA 2001:db8::7',
      'www CNAME api',
      'text TXT "two " "parts"',
    ]);
  });

  afterAll(async () => knot?.stop());

  it.each([
    [{ expected: ['192.0.2.7', '192.0.2.8', '192.0.2.9'] }],
    [{}],
    [{ type: 'AAAA', expected: ['2001:db8::7'] }],
    [{ type: 'CNAME', name: 'www.example.org', expected: ['api.example.org'] }],
    [{ type: 'TXT', name: 'text.example.org', expected: ['two parts'] }],
  ] as [Partial<DnsQuestion>][])('is well with the right answer: %j', async (question) => {
    expect(await look(ask(question))).toEqual({});
  });

  it.each([
    [{ expected: ['192.0.2.7'] }, /answers 192\.0\.2\.8 for api\.example\.org/u],
    [{ name: 'gone.example.org' }, /says that there is no gone\.example\.org/u],
    [{ name: 'www.example.com' }, /refuses to answer/u],
    [{ name: 'text.example.org' }, /knows text\.example\.org, but not of this type/u],
  ])('fails with a wrong answer or none: %j', async (question, reason) => {
    await expect(look(ask(question))).rejects.toThrow(reason);
  });

  it('names the one resolver of two that does not answer, and is degraded', async () => {
    const { degraded } = await look(ask({}, [knot.options.port, nobody]));
    expect(degraded).toMatch(new RegExp(`^localhost:${nobody} refused the connection`, 'u'));
  });

  it('does not wait for one that is stopped, and fails when it is gone', async () => {
    knot.kill('SIGSTOP');
    try {
      const refusal = (): Promise<unknown> =>
        look(ask({}), 300).then(
          () => undefined,
          (error: unknown) => error,
        );
      expect(String(await eventually(refusal))).toContain('gave no answer in time');
    } finally {
      knot.kill('SIGCONT');
    }
    expect(await look(ask({}))).toEqual({});
    knot.kill();
    await expect(look(ask({}))).rejects.toThrow('refused the connection');
  });
});
