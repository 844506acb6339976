import { newEnough } from './nats-server.mjs';

describe('a nats-server', () => {
  it.each(['2.10.23', '2.10.27', '2.11.0', '3.0.0', '2.12.1-RC.2'])('of version %s is new enough', (version) => {
    expect(newEnough(version)).toBe(true);
  });

  it.each(['2.10.22', '2.9.99', '1.99.99', '2.10.9'])('of version %s is too old', (version) => {
    expect(newEnough(version)).toBe(false);
  });
});
