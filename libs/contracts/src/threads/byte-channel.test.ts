import { MessageChannel } from 'node:worker_threads';
import { DrError } from '../errors/dr-error.js';
import { ByteSender, receivedBytes, release } from './byte-channel.js';

async function textOf(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  const pieces: Uint8Array[] = [];
  for await (const chunk of chunks) pieces.push(chunk);
  return Buffer.concat(pieces).toString();
}

describe('a channel of bytes', () => {
  it('gives in order what was sent, and says that it was all', async () => {
    const { port1, port2 } = new MessageChannel();
    const sender = new ByteSender(port1);
    const received = textOf(receivedBytes(port2));
    for (const word of ['one ', 'two ', 'three']) await sender.send(Buffer.from(word));
    await sender.end();
    expect(await received).toBe('one two three');
  });

  it('holds a sender back that is faster than who receives', async () => {
    const { port1, port2 } = new MessageChannel();
    const sender = new ByteSender(port1);
    let sent = 0;
    const sending = (async () => {
      for (; sent < 20; sent += 1) await sender.send(Buffer.from('x'));
      await sender.end();
    })();
    const received = receivedBytes(port2);
    await received.next();
    await received.next();
    expect(sent).toBeLessThan(8);
    const rest = textOf(received);
    await sending;
    expect((await rest).length).toBe(18);
  });

  it('fails with what the sender failed with', async () => {
    const { port1, port2 } = new MessageChannel();
    const received = textOf(receivedBytes(port2));
    new ByteSender(port1).fail(new DrError('CORRUPT_OBJECT', 'it is damaged'));
    await expect(received).rejects.toMatchObject({ code: 'CORRUPT_OBJECT', message: 'it is damaged' });
  });

  it('tells either side that the other has gone', async () => {
    const cut = new MessageChannel();
    const received = textOf(receivedBytes(cut.port2));
    cut.port1.close();
    await expect(received).rejects.toMatchObject({ code: 'INTERNAL' });

    const { port1, port2 } = new MessageChannel();
    const sender = new ByteSender(port1);
    const some = receivedBytes(port2);
    await sender.send(Buffer.from('x'));
    await some.next();
    await some.return(undefined);
    await expect(sender.end()).rejects.toMatchObject({ code: 'INTERNAL' });
  });

  it('leaves memory that is not the chunk alone', () => {
    const whole = new Uint8Array(8);
    release(whole.subarray(2));
    expect(whole.length).toBe(8);
    release(whole);
    expect(whole.length).toBe(0);
  });
});
