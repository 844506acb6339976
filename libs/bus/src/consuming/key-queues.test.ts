import { EventEmitter, once } from 'node:events';
import { KeyQueues } from './key-queues.js';

describe('queues by key', () => {
  it('run one key in order and other keys meanwhile', async () => {
    const queues = new KeyQueues();
    const done: string[] = [];
    const gate = new EventEmitter();

    const first = queues.run('a', async () => {
      await once(gate, 'open');
      done.push('a1');
    });
    const second = queues.run('a', async () => void done.push('a2'));
    await queues.run('b', async () => void done.push('b1'));
    gate.emit('open');
    await Promise.all([first, second]);

    expect(done).toEqual(['b1', 'a1', 'a2']);
  });

  it('forget a key once it has nothing to do', async () => {
    const queues = new KeyQueues();

    await queues.run('a', async () => {});
    await queues.idle();

    expect(queues.size).toBe(0);
  });
});
