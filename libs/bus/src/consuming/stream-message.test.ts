import { deliveryInfo } from './stream-message.js';

describe('the reply subject of a delivery', () => {
  const expected = { stream: 'DR_EVENTS', consumer: 'failover__site-lost', streamSequence: 42, deliveries: 3 };

  it.each([
    '$JS.ACK.DR_EVENTS.failover__site-lost.3.42.7.1700000000000000000.0',
    '$JS.ACK.hub.AHASH.DR_EVENTS.failover__site-lost.3.42.7.1700000000000000000.0',
    '$JS.ACK.hub.AHASH.DR_EVENTS.failover__site-lost.3.42.7.1700000000000000000.0.random',
  ])('%s is understood', (reply) => {
    expect(deliveryInfo(reply)).toEqual(expected);
  });

  it.each(['', 'some.inbox', '$JS.ACK.DR_EVENTS.x'])('%j is refused', (reply) => {
    expect(() => deliveryInfo(reply)).toThrow('not the reply subject of a delivery');
  });
});
