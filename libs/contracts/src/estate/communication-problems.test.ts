import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEstate } from './parse-estate.js';

const lab = readFileSync(join(import.meta.dirname, '../../../../lab/estate.yaml'), 'utf8');
const withChannels = (lines: string): string => lab.replace('  channels:\n', `  channels:\n${lines}`);

describe('what a channel needs', () => {
  it.each([
    ['{ name: a, kind: slack }', 'a channel of kind slack needs url or urlSecret or token'],
    ['{ name: a, kind: slack, token: { env: T } }', 'a slack channel with a token needs room'],
    ['{ name: a, kind: phone, token: { env: T }, from: "+15550100" }', 'a channel of kind phone needs account'],
    ['{ name: a, kind: pagerduty }', 'a channel of kind pagerduty needs token'],
    ['{ name: a, kind: account-manager, via: nobody }', 'names channel nobody, which this file does not have'],
    ['{ name: timer, kind: status-page }', 'must not be timer: our timers have that name'],
    ['{ name: a, kind: status-page, fallback: a }', 'leads back to a: a chain of fallbacks must have an end'],
    ['{ name: a, kind: teams, url: "http://x", ratePerSecond: 0 }', 'must be more than 0'],
  ])('%s: %s', (channel, problem) => {
    expect(parseEstate(withChannels(`    - ${channel}\n`)).problems.map(({ message }) => message)).toEqual([problem]);
  });

  it('approval, rotations and chains are checked by name', () => {
    const text = lab
      .replace('escalateAfter: 5m', 'escalation: [{ after: 5m, onCall: [nobody] }, { after: 1m }]')
      .replace('  hotline:', '  owner: strangers\n  deadManSwitch: { every: 1m }\n  hotline:');
    expect(
      parseEstate(text)
        .problems.map(({ message }) => message)
        .toSorted(),
    ).toEqual([
      'must name contacts or onCall',
      'names audience strangers, which this file does not have',
      'names rotation nobody, which this file does not have',
      'needs url or urlSecret',
    ]);
  });
});
