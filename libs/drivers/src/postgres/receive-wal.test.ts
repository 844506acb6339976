import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pollUntil } from '../command/poll.js';
import { temporaryFolder } from '../testing/index.js';
import { ReceiveWal } from './receive-wal.js';

describe('what pg_receivewal says', () => {
  const folder = temporaryFolder('says');
  afterAll(() => folder.remove());

  it('is kept line by line, however it is cut on its way, with its last error and what was prepared', async () => {
    const program = [
      '#!/bin/sh',
      `printf 'pg_receivewal: ' >&2; sleep 0.05; printf 'error: ' >&2; sleep 0.05; printf 'no slot\\n' >&2`,
      `printf 'pg_receivewal: error: disconnected\\n' >&2; exit 1`,
    ];
    writeFileSync(join(folder.path, 'pg_receivewal'), `${program.join('\n')}\n`, { mode: 0o755 });
    const lines: string[] = [];
    const receiver = new ReceiveWal({
      ...{
        host: 'localhost',
        port: 1,
        user: 'u',
        password: 'p',
        slot: 's',
        spoolDir: folder.path,
        binDir: folder.path,
      },
      prepare: () => 'prepared',
      onMessage: (line) => lines.push(line),
    });
    receiver.start();
    const ended = (): true | undefined => lines.some((line) => line.includes('exit code 1')) || undefined;
    await pollUntil('its end', async () => Promise.resolve(ended()), { timeoutMs: 10_000 });
    await receiver.stop();
    expect(receiver.lastError).toBe('no slot');
    expect(lines.slice(0, 3)).toEqual([
      'prepared',
      'pg_receivewal: error: no slot',
      'pg_receivewal: error: disconnected',
    ]);
  });
});
