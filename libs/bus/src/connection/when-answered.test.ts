import { DrError } from '@novacron/contracts';
import type { Logger } from '../logger.js';
import { whenAnswered } from './when-answered.js';

function asking(...answers: readonly (Error | string)[]) {
  const warned: unknown[] = [];
  const logger = { warn: (_message: string, fields: unknown) => warned.push(fields) } as unknown as Logger;
  let asked = 0;
  const ask = async (): Promise<string> => {
    const answer = answers[Math.min(asked, answers.length - 1)] ?? '';
    asked += 1;
    if (answer instanceof Error) throw answer;
    return answer;
  };
  return { ask, asked: () => asked, logger, warned };
}

describe('whenAnswered', () => {
  it('asks again while a leader is elected, and says once what it waits for', async () => {
    const { ask, asked, logger, warned } = asking(
      new Error('TIMEOUT'),
      new DrError('BUS_UNAVAILABLE', 'no leader'),
      'yes',
    );
    expect(await whenAnswered('the bucket', ask, { logger })).toBe('yes');
    expect(asked()).toBe(3);
    expect(warned).toEqual([expect.objectContaining({ what: 'the bucket' })]);
  });

  it('ends with what was waited for and what to do', async () => {
    const { ask, logger } = asking(new Error('TIMEOUT'));
    await expect(whenAnswered('the bucket', ask, { logger, timeoutMs: 50 })).rejects.toMatchObject({
      code: 'BUS_UNAVAILABLE',
      retryable: true,
      message: expect.stringMatching(/^the bucket did not answer within 50 ms: .*TIMEOUT/u) as string,
      hint: expect.stringContaining('majority of the NATS servers') as string,
    });
  });

  it('waits for nothing that does not pass', async () => {
    const { ask, asked, logger } = asking(new DrError('INVALID_CONFIG', 'NATS forbids us'));
    await expect(whenAnswered('the bucket', ask, { logger })).rejects.toMatchObject({ code: 'INVALID_CONFIG' });
    expect(asked()).toBe(1);
  });
});
