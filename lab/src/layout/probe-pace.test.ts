import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEstate } from '@novacron/contracts';
import { probePaceFrom } from './probe-pace.js';

const text = readFileSync(join(import.meta.dirname, '../../estate.yaml'), 'utf8');

const startsIn = (ms: number) => (): Promise<number> => Promise.resolve(ms);
const notAsked = (): Promise<number> => Promise.reject(new Error('the machine was measured'));

describe('the pace of a lab’s probes', () => {
  it.each([undefined, ''])('is a second where programs start quickly (%s)', async (seconds) => {
    const pace = await probePaceFrom({ DR_LAB_PROBE_SECONDS: seconds }, startsIn(25));
    expect(pace).toMatchObject({ seconds: 1 });
    expect(pace.notice).toBeUndefined();
    expect(pace.estate(text)).toBe(text);
  });

  it('is three seconds where they do not, and says why and what changes it', async () => {
    const pace = await probePaceFrom({}, startsIn(84.2));
    const { estate, problems } = parseEstate(pace.estate(text));
    expect(problems).toEqual([]);
    expect(estate?.health).toMatchObject({
      ...{ interval: '3s', timeout: '2400ms', fastInterval: '1200ms', slowAfter: '1500ms' },
    });
    expect(pace.notice).toMatch(/every 3 s: .* 84 ms .*DR_LAB_PROBE_SECONDS=1/u);
  });

  it.each([1, 5])('is what it is told to be, %i s, on any machine', async (seconds) => {
    const pace = await probePaceFrom({ DR_LAB_PROBE_SECONDS: String(seconds) }, notAsked);
    expect(pace.notice).toBeUndefined();
    expect(parseEstate(pace.estate(text)).estate?.health).toMatchObject({ interval: `${seconds}s` });
  });

  it.each(['0', '-1', '1.5', 'three', '61'])('refuses %s', async (seconds) => {
    await expect(probePaceFrom({ DR_LAB_PROBE_SECONDS: seconds }, notAsked)).rejects.toMatchObject({
      code: 'INVALID_CONFIG',
      hint: expect.stringContaining('DR_LAB_PROBE_SECONDS=3') as string,
    });
  });

  it('does not take an estate that has a pace of its own for the lab’s', async () => {
    const pace = await probePaceFrom({ DR_LAB_PROBE_SECONDS: '3' });
    expect(() => pace.estate(text.replace('interval: 1s', 'interval: 10s'))).toThrow('another pace');
  });
});
