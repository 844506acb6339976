import { createSocket } from 'node:dgram';
import { connect } from 'node:net';
import { DrError } from '@novacron/contracts';

export interface DnsServer {
  readonly host: string;
  readonly port: number;
}

export interface Exchange {
  readonly answer: Buffer;
  /** The server may have acted on the message twice: the first answer did not come, or not whole. */
  readonly repeated: boolean;
}

/** Sends a message by UDP and, when the answer is truncated or none comes, by TCP (RFC 2136 §2.1 allows both). */
export async function exchange(server: DnsServer, message: Buffer, timeoutMs: number): Promise<Exchange> {
  const answer = await overUdp(server, message, timeoutMs).catch(() => undefined);
  const truncated = answer !== undefined && (answer.readUInt16BE(2) & 0x0200) !== 0;
  if (answer !== undefined && !truncated) return { answer, repeated: false };
  return { answer: await overTcp(server, message, timeoutMs), repeated: true };
}

function overUdp(server: DnsServer, message: Buffer, timeoutMs: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const socket = createSocket('udp4');
    const end = (settle: () => void): void => {
      clearTimeout(timer);
      socket.close();
      settle();
    };
    const timer = setTimeout(() => end(() => reject(timedOut(server, timeoutMs))), timeoutMs);
    socket.on('error', (cause) => end(() => reject(unreachable(server, cause))));
    socket.on('message', (answer) => {
      // Another exchange's answer, or a forged one without our id, is not ours to believe.
      if (answer.length >= 12 && answer.readUInt16BE(0) === message.readUInt16BE(0)) end(() => resolve(answer));
    });
    socket.connect(server.port, server.host, () => socket.send(message));
  });
}

function overTcp(server: DnsServer, message: Buffer, timeoutMs: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const socket = connect(server.port, server.host);
    let received = Buffer.alloc(0);
    const fail = (error: DrError): void => {
      socket.destroy();
      reject(error);
    };
    socket.setTimeout(timeoutMs, () => fail(timedOut(server, timeoutMs)));
    socket.on('error', (cause) => fail(unreachable(server, cause)));
    socket.on('close', () => reject(unreachable(server)));
    socket.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      const length = received.length < 2 ? Infinity : received.readUInt16BE(0);
      if (received.length < length + 2) return;
      resolve(received.subarray(2, 2 + length));
      socket.destroy();
    });
    const size = Buffer.alloc(2);
    size.writeUInt16BE(message.length);
    socket.write(Buffer.concat([size, message]));
  });
}

function timedOut(server: DnsServer, timeoutMs: number): DrError {
  return new DrError('TIMEOUT', `dns server ${server.host}:${server.port} did not answer within ${timeoutMs} ms`);
}

function unreachable(server: DnsServer, cause?: unknown): DrError {
  return new DrError('UNREACHABLE', `dns server ${server.host}:${server.port} cannot be reached`, { cause });
}
