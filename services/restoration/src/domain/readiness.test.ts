import { requireReady, spaceProblem } from './readiness.js';

describe('readiness', () => {
  it('refuses with every problem, and can be asked again', () => {
    const problems = [{ path: 'primary', problem: 'is switched off' }];

    expect(() => requireReady('infrastructure is not ready', 'primary', problems, 'switch it on')).toThrow(
      expect.objectContaining({
        code: 'PRECONDITION_FAILED',
        message: 'primary cannot take service back: infrastructure is not ready',
        hint: 'switch it on',
        details: problems,
        retryable: true,
      }) as Error,
    );
    expect(() => requireReady('resources are short', 'primary', [], '')).not.toThrow();
  });

  it.each([
    ['enough free', { freeBytes: 120, usedBytes: 0, databaseBytes: 100 }, 0],
    ['enough once the old copy is gone', { freeBytes: 20, usedBytes: 100, databaseBytes: 100 }, 0],
    ['one byte short', { freeBytes: 119, usedBytes: 0, databaseBytes: 100 }, 1],
  ] as const)('room: %s', (_what, facts, problems) => {
    expect(spaceProblem('orders', facts)).toHaveLength(problems);
  });
});
