import { setImmediate as turn } from 'node:timers/promises';
import { AckBatch } from './ack-batch.js';
import type { StreamMessage } from './stream-message.js';

function messages(...names: string[]): { sent: string[]; all: StreamMessage[] } {
  const sent: string[] = [];
  const all = names.map((name) => {
    const ack = (): void => {
      if (name === 'broken') throw new Error('the connection is closed');
      sent.push(name);
    };
    return { ack } as unknown as StreamMessage;
  });
  return { sent, all };
}

describe('acknowledgements', () => {
  it('leave together at the end of the turn, in order', async () => {
    const batch = new AckBatch(() => {});
    const { sent, all } = messages('a', 'b', 'c');
    for (const message of all) batch.add(message);
    expect(sent).toEqual([]);
    await turn();
    expect(sent).toEqual(['a', 'b', 'c']);

    const more = messages('d');
    for (const message of more.all) batch.add(message);
    await turn();
    expect(more.sent).toEqual(['d']);
  });

  it('leave at once when asked for, and only once', async () => {
    const batch = new AckBatch(() => {});
    const { sent, all } = messages('a', 'b');
    for (const message of all) batch.add(message);
    batch.send();
    await turn();
    expect(sent).toEqual(['a', 'b']);
  });

  it('are not held up by one that cannot be sent, which is named', async () => {
    const failed: unknown[] = [];
    const { sent, all } = messages('a', 'broken', 'c');
    const batch = new AckBatch((message) => failed.push(message));
    for (const message of all) batch.add(message);
    await turn();
    expect(sent).toEqual(['a', 'c']);
    expect(failed).toEqual([all[1]]);
  });
});
