import { connect } from 'node:net';
import { Readable } from 'node:stream';
import { DrError } from '@novacron/contracts';
import type { CallOptions } from '../postgres/access.js';
import type { RedisAccess } from './connection.js';
import { DumpReader } from './dump-reader.js';
import { RdbCheck } from './rdb-check.js';

const idleTimeoutMs = 60_000;

/**
 * The data set as of one moment, as the server sends it to a replica: no access to its host is needed, and a replica can be
 * asked in place of its master (it refuses while its own link is down). The stream ends without an error only when the file
 * is whole and agrees with its checksum. The user needs `+sync +replconf`.
 */
export function dumpRedis(access: RedisAccess, { signal, timeoutMs = idleTimeoutMs }: CallOptions = {}): Readable {
  return Readable.from(chunks(access, timeoutMs, signal), { objectMode: false });
}

async function* chunks(access: RedisAccess, timeoutMs: number, signal?: AbortSignal): AsyncGenerator<Buffer> {
  const where = `${access.host}:${access.port}`;
  const socket = connect({ host: access.host, port: access.port, ...(signal === undefined ? {} : { signal }) });
  socket.setTimeout(timeoutMs, () =>
    socket.destroy(new DrError('TIMEOUT', `Redis at ${where} sent nothing for ${timeoutMs} ms`)),
  );
  const before = [
    ...(access.password === undefined ? [] : [command('AUTH', access.password)]),
    command('REPLCONF', 'capa', 'eof'),
    command('REPLCONF', 'rdb-only', '1'),
  ];
  // SYNC is refused while an answer is still on its way out.
  const reader = new DumpReader(before.length, () => socket.write(command('SYNC')));
  const check = new RdbCheck();
  try {
    socket.write(before.join(''));
    for await (const chunk of socket) {
      const bytes = reader.read(chunk as Buffer);
      check.update(bytes);
      if (bytes.length > 0) yield bytes;
      if (reader.done) break;
    }
    if (!reader.done) throw new DrError('UNREACHABLE', `Redis at ${where} broke off in the middle of its data`);
    check.finish();
  } catch (error) {
    if (DrError.is(error)) throw error;
    throw new DrError('UNREACHABLE', `Redis at ${where} cannot be read`, { cause: error });
  } finally {
    socket.destroy();
  }
}

function command(...words: readonly string[]): string {
  return `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`;
}
