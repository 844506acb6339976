import type { JetStreamClient, PubAck } from '@nats-io/jetstream';
import { headers } from '@nats-io/nats-core';
import { publishUntilStored } from './publish-until-stored.js';

const message = { subject: 'dr.test.event.backup.x.y', body: '{}', headers: headers() };

/** Gives one answer after the other, the last one for ever. */
function answering(...answers: Partial<PubAck>[]): { jetstream: JetStreamClient; asked: () => number } {
  let asked = 0;
  const publish = (): Promise<PubAck> => {
    const answer = answers[Math.min(asked, answers.length - 1)];
    asked += 1;
    return Promise.resolve({ stream: 'DR_EVENTS', domain: '', ...answer } as PubAck);
  };
  return { jetstream: { publish } as unknown as JetStreamClient, asked: () => asked };
}

describe('publishUntilStored', () => {
  it('takes a duplicate that is stored for stored', async () => {
    const { jetstream } = answering({ seq: 7, duplicate: true });
    expect(await publishUntilStored(jetstream, message, 1_000)).toEqual({ sequence: 7, duplicate: true });
  });

  it('asks again while the original has no quorum', async () => {
    const { jetstream, asked } = answering(
      { seq: 0, duplicate: true },
      { seq: 0, duplicate: true },
      { seq: 9, duplicate: true },
    );
    expect(await publishUntilStored(jetstream, message, 2_000)).toEqual({ sequence: 9, duplicate: true });
    expect(asked()).toBe(3);
  });

  it('never says stored when no quorum comes', async () => {
    const { jetstream } = answering({ seq: 0, duplicate: true });
    await expect(publishUntilStored(jetstream, message, 150)).rejects.toMatchObject({
      code: 'BUS_UNAVAILABLE',
      retryable: true,
    });
  });
});
