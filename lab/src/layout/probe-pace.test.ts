import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEstate } from '@novacron/contracts';
import { probePaceFrom } from './probe-pace.js';

const text = readFileSync(join(import.meta.dirname, '../../estate.yaml'), 'utf8');

describe('the pace of a lab’s probes', () => {
  it('is a second unless told otherwise', () => {
    for (const seconds of [undefined, '', '1'])
      expect(probePaceFrom({ DR_LAB_PROBE_SECONDS: seconds })).toBeUndefined();
  });

  it('is as slow as it is told to be, in an estate that is valid', () => {
    const { estate, problems } = parseEstate(probePaceFrom({ DR_LAB_PROBE_SECONDS: '3' })?.(text) ?? '');
    expect(problems).toEqual([]);
    expect(estate?.health).toMatchObject({
      ...{ interval: '3s', timeout: '2400ms', fastInterval: '1200ms', slowAfter: '1500ms' },
    });
  });

  it.each(['0', '-1', '1.5', 'three', '61'])('refuses %s', (seconds) => {
    expect(() => probePaceFrom({ DR_LAB_PROBE_SECONDS: seconds })).toThrow(
      expect.objectContaining({
        code: 'INVALID_CONFIG',
        hint: expect.stringContaining('DR_LAB_PROBE_SECONDS=3') as string,
      }),
    );
  });
});
