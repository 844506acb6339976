import { DrError } from '@novacron/contracts';
import { assertServerVersion } from './server-version.js';

const withVersion = (version: string): Parameters<typeof assertServerVersion>[0] =>
  ({ info: { version } }) as Parameters<typeof assertServerVersion>[0];

describe('the version of nats-server', () => {
  it.each(['2.10.23', '2.10.27', '2.11.0-RC.1', '2.15.1', '3.0.0', 'v2.10.23'])('%s is new enough', (version) => {
    expect(() => assertServerVersion(withVersion(version))).not.toThrow();
  });

  it.each(['2.9.10', '2.10.22', '1.99.99', 'nonsense', ''])('%s is refused', (version) => {
    expect(() => assertServerVersion(withVersion(version))).toThrow(DrError);
  });

  it('names the version found and the one needed', () => {
    expect(() => assertServerVersion(withVersion('2.9.10'))).toThrow(
      'nats-server 2.9.10 is too old, 2.10.23 or newer is needed',
    );
  });
});
