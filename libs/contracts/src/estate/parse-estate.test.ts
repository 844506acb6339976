import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEstate } from './parse-estate.js';

const text = readFileSync(join(import.meta.dirname, '../../../../lab/estate.yaml'), 'utf8');
const lineOf = (part: string): number => text.slice(0, text.indexOf(part)).split('\n').length;
const problemsIn = (from: string, to: string): string[] => {
  expect(text).toContain(from);
  return parseEstate(text.replace(from, to)).problems.map(
    ({ line, column, path, message }) => `${line}:${column} ${path}: ${message}`,
  );
};

describe('parseEstate', () => {
  it("takes the lab's estate whole", () => {
    const { estate, problems, hash } = parseEstate(text);
    expect(problems).toEqual([]);
    expect(estate?.estate).toBe('novacron');
    expect(hash).toMatch(/^[0-9a-f]{64}$/u);
  });

  it.each([
    ['a wrong duration', 'rpo: 15m', 'rpo: fifteen', /objectives\.tiers\[0\]\.rpo: must be a duration/u],
    ['an unknown key', 'threshold: 0.8', 'treshold: 0.8', /failover\.treshold: is not a known field/u],
    ['a missing key', 'automation: full\n  fenceRequired', 'fenceRequired', /failover\.automation: must be one of/u],
    [
      'a port that is none',
      'port: 24100\n',
      'port: 70000\n',
      /databases\[0\]\.members\[0\]\.port: must not be greater than 65535/u,
    ],
    [
      'a secret written inline',
      'password: { file: secrets/redis }',
      'password: hunter2',
      /caches\[0\]\.password: must be a reference/u,
    ],
    [
      'a site that is not there',
      'order: [primary, secondary, dr]',
      'order: [primary, tertiary]',
      /failover\.order\[1\]: names site tertiary, which this file does not have/u,
    ],
    [
      'a database behind a load balancer that is not there',
      '      httpUrl: http',
      '      databases: [novacron, orders]\n      httpUrl: http',
      /routing\.loadBalancers\[0\]\.databases\[1\]: names database orders, which this file does not have/u,
    ],
    [
      'a contact that is not there',
      'contacts: [dr-lead]',
      'contacts: [nobody]',
      /audiences\[0\]\.contacts\[0\]: names contact nobody/u,
    ],
    [
      'two vantages',
      '    - { name: gamma, region: eu-west-1, witnessHost: 127.0.0.1, witnessPort: 24043 }\n',
      '',
      /health\.vantages: must be three or more/u,
    ],
    [
      'a timeout beyond the interval',
      'timeout: 800ms',
      'timeout: 2s',
      /health\.timeout: must be shorter than the interval/u,
    ],
    [
      'a timeout of a check beyond its interval',
      'name: api, site: primary, kind: http',
      'name: api, site: primary, interval: 500ms, kind: http',
      /health\.checks\[1\]\.timeout: must be shorter than the interval/u,
    ],
    [
      'a slowness that no answer reaches',
      'slowAfter: 500ms',
      'slowAfter: 900ms',
      /health\.slowAfter: must not be longer than the timeout/u,
    ],
    [
      'a window that cannot be filled',
      'window: { failures: 4, of: 6 }',
      'window: { failures: 5, of: 3 }',
      /health\.rules\.window: must have failures of 1 or more/u,
    ],
    [
      'an encryption key that nothing is said of',
      '{ id: lab-1, key: { file: secrets/repository-key } }',
      '{ id: lab-1 }',
      /repository\.encryption\.keys\[0\]: must have either key or kms/u,
    ],
    [
      'a check without what its kind needs',
      '{ name: redis, site: primary, kind: redis,',
      '{ name: certificate, site: primary, kind: tls, host: api.example.org,',
      /health\.checks\[3\]: a check of kind tls needs port/u,
    ],
    [
      'a field that its kind does not read',
      '{ name: redis, site: primary, kind: redis,',
      '{ name: redis, site: primary, kind: redis, expectBody: PONG,',
      /health\.checks\[3\]\.expectBody: is not read by a check of kind redis/u,
    ],
    [
      'a role whose loss nobody could see',
      'siteLostWhen: [database, api, workers]',
      'siteLostWhen: [databse, api, workers]',
      /health\.rules\.siteLostWhen\[0\]: names role databse, which no check can have/u,
    ],
    [
      'a flapping that the first news would be',
      'flapping: { news: 30,',
      'flapping: { news: 1,',
      /health\.rules\.flapping\.news: must be 2 or more/u,
    ],
    [
      'a witness without its port',
      'witnessHost: 127.0.0.1, witnessPort: 24041 }',
      'witnessHost: 127.0.0.1 }',
      /health\.vantages\[0\]: needs witnessHost and witnessPort together/u,
    ],
    [
      'a check of a database that is elsewhere',
      '{ name: postgres, site: dr, kind: postgres, role: database, of: novacron }',
      '{ name: postgres, site: dr, kind: postgres-canary, role: database, of: nowhere }',
      /names database nowhere, which this file does not have/u,
    ],
    [
      'a partition that nobody sees from its other end',
      '{ name: redis, site: primary, kind: redis, role: cache, of: sessions }',
      '{ name: link, site: primary, kind: partition, role: network, peer: dr, host: a, port: 1, returnHost: b, returnPort: 2 }',
      /a partition is seen from both sides: give a vantage `site: dr`/u,
    ],
    [
      'a fence that cannot be read back',
      '      powerStatus: [bin/labctl, power-status, dr]\n',
      '',
      /needs powerOff and powerStatus/u,
    ],
  ])('finds %s', (_title, from, to, expected) => {
    expect(problemsIn(from, to).join('\n')).toMatch(expected);
  });

  it('says where, by line and column', () => {
    const [first] = problemsIn('threshold: 0.8', 'threshold: high');
    expect(first).toBe(`${lineOf('threshold: 0.8')}:3 failover.threshold: must be a number`);
  });

  it('names every problem at once, in the order of the file', () => {
    const broken = text
      .replace('rpo: 15m', 'rpo: x')
      .replace('interval: 1s', 'interval: y')
      .replace('threshold: 0.8', 'threshold: 7');
    const lines = parseEstate(broken).problems.map((problem) => problem.line);
    expect(new Set(lines).size).toBe(3);
    expect(lines).toEqual(lines.toSorted((a, b) => a - b));
  });

  it('says where YAML itself is broken', () => {
    const { problems, estate } = parseEstate('estate: novacron\nsites: [\n');
    expect(estate).toBeUndefined();
    expect(problems[0]).toMatchObject({ line: 3, path: '' });
  });

  it.each(['', '[]', 'just words', 'a: 1\na: 2'])('refuses %j', (content) => {
    expect(parseEstate(content).problems.length).toBeGreaterThan(0);
  });
});
