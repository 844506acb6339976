import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEstate } from '@novacron/contracts';
import { withPortBase } from './estate-copy.js';
import { labFolders, projectFolder } from './folders.js';
import { portBaseFrom } from './port-base.js';
import { labPorts, portUses } from './ports.js';

const source = readFileSync(join(projectFolder, 'lab/estate.yaml'), 'utf8');

it('gives no port away twice', () => {
  const ports = portUses(labPorts()).map(({ port }) => port);
  expect(new Set(ports).size).toBe(ports.length);
});

it('uses every port that the estate file names', () => {
  const planned = new Set(portUses(labPorts()).map(({ port }) => port));
  const named = [...source.matchAll(/\b24\d{3}\b/gu)].map(([port]) => Number(port)).filter((port) => port !== 24_000);
  expect(named.filter((port) => !planned.has(port))).toEqual([]);
});

it('moves every port, and nothing else, to another base', () => {
  const { estate, problems } = parseEstate(withPortBase(source, 31_000));
  expect(problems).toEqual([]);
  expect(estate?.databases[0]?.members.map(({ port }) => port)).toEqual([31_100, 31_200, 31_300]);
  expect(estate?.health.checks.find(({ name }) => name === 'api')?.url).toBe('http://127.0.0.1:31103/health/api');
  expect(estate?.objectives.tiers[2]?.rto).toBe('24h');
});

it('refuses a port base that is none', () => {
  expect(portBaseFrom({})).toBe(24_000);
  expect(portBaseFrom({ DR_LAB_PORT_BASE: '25000' })).toBe(25_000);
  for (const base of ['abc', '80', '70000', '2.5']) {
    expect(() => portBaseFrom({ DR_LAB_PORT_BASE: base })).toThrow(/DR_LAB_PORT_BASE/u);
  }
});

it('keeps everything of a lab in its folder', () => {
  const folders = labFolders('/somewhere');
  expect(folders.site('dr')).toBe('/somewhere/sites/dr');
  expect(folders.secret('redis')).toBe('/somewhere/secrets/redis');
});
