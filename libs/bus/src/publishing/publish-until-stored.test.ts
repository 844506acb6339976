import { JetStreamApiError, type JetStreamClient, type PubAck } from '@nats-io/jetstream';
import { headers, type MsgHdrs } from '@nats-io/nats-core';
import { publishUntilStored } from './publish-until-stored.js';

const message = { subject: 'dr.test.event.backup.x.y', body: '{}', headers: headers() };

type Answer = Partial<PubAck> | Error | ((id: string) => Partial<PubAck>);

/** Gives one answer after the other, the last one for ever. */
function answering(...answers: Answer[]): { jetstream: JetStreamClient; asked: () => number } {
  let asked = 0;
  const publish = async (_subject: string, _body: string, options: { headers: MsgHdrs }): Promise<PubAck> => {
    const answer = answers[Math.min(asked, answers.length - 1)];
    asked += 1;
    if (answer instanceof Error) throw answer;
    const ack = typeof answer === 'function' ? answer(options.headers.get('Nats-Msg-Id')) : answer;
    return { stream: 'DR_EVENTS', domain: '', ...ack } as PubAck;
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

  it.each([
    [
      'is on its way already (since 2.11)',
      { code: 409, err_code: 10158, description: 'duplicate message id is in process' },
    ],
    ['comes too fast', { code: 429, err_code: 10167, description: 'too many requests' }],
  ])('asks again where the server says that the message %s', async (_what, refusal) => {
    const { jetstream, asked } = answering(new JetStreamApiError(refusal), { seq: 9, duplicate: true });
    expect(await publishUntilStored(jetstream, message, 2_000)).toEqual({ sequence: 9, duplicate: true });
    expect(asked()).toBe(2);
  });

  it('does not ask again for what the server will never take', async () => {
    const refusal = new JetStreamApiError({
      code: 400,
      err_code: 10054,
      description: 'message size exceeds maximum allowed',
    });
    const { jetstream, asked } = answering(refusal);
    await expect(publishUntilStored(jetstream, message, 2_000)).rejects.toMatchObject({ retryable: false });
    expect(asked()).toBe(1);
  });

  it('sends under another id what the leader goes on to wait for and has dropped', async () => {
    const ids = new Set<string>();
    const { jetstream } = answering((id) => {
      ids.add(id);
      return id === 'e-1' ? { seq: 0, duplicate: true } : { seq: 4, duplicate: false };
    });
    const known = { ...message, headers: headers() };
    known.headers.set('Nats-Msg-Id', 'e-1');
    known.headers.set('ce-id', 'e-1');

    expect(await publishUntilStored(jetstream, known, 5_000, 200)).toEqual({ sequence: 4, duplicate: false });
    expect([...ids]).toEqual(['e-1', expect.stringMatching(/^e-1~\d+$/u)]);
    expect(known.headers.get('Nats-Msg-Id')).toBe('e-1');
  });
});
