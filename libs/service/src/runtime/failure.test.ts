import { DrError } from '@novacron/contracts';
import { exitCodeOf, failureText, listenFailure } from './failure.js';

describe('a process that cannot begin', () => {
  it.each([
    ['INVALID_ESTATE', 78],
    ['INVALID_CONFIG', 78],
    ['UNSUPPORTED_SERVER', 78],
    ['PORT_TAKEN', 78],
    ['BUS_UNAVAILABLE', 75],
    ['INTERNAL', 1],
  ] as const)('for %s exits with %i', (code, exitCode) => {
    expect(exitCodeOf(new DrError(code, 'x'))).toBe(exitCode);
  });

  it('prints every problem on a line of its own', () => {
    const details = [
      { path: 'estate.yaml:3:5', problem: 'sites[0].name: is missing' },
      { path: 'estate.yaml:9:1', problem: 'wrong' },
    ];
    expect(
      failureText('backup', new DrError('INVALID_ESTATE', 'estate.yaml has 2 problems', { details, hint: 'fix' })),
    ).toBe(
      'backup: estate.yaml has 2 problems\n  estate.yaml:3:5: sites[0].name: is missing\n  estate.yaml:9:1: wrong\nhint: fix\n',
    );
  });

  it('names the port that is taken', () => {
    const taken = listenFailure(Object.assign(new Error('listen'), { code: 'EADDRINUSE' }), '127.0.0.1', 80);
    expect([taken.code, taken.message]).toEqual(['PORT_TAKEN', 'port 80 on 127.0.0.1 is in use']);
  });
});
