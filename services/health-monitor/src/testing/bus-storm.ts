import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Bus } from '@novacron/bus';

/** A thousand messages a turn, thousands of notifications and events a second, until it is stopped; how many there were. */
export function storm(bus: Bus): { stop(): Promise<number> } {
  const end = new AbortController();
  let sent = 0;
  const body = JSON.stringify({ storm: 'x'.repeat(200) });
  const blow = async (): Promise<void> => {
    while (!end.signal.aborted) {
      for (let i = 0; i < 500; i += 1) {
        bus.connection.publish(`dr.${bus.estate}.notification.webhook.high`, body);
        bus.connection.publish(`dr.${bus.estate}.event.notifier.notification-delivered.storm`, body);
      }
      sent += 1_000;
      await bus.connection.flush();
      await sleep(50);
    }
  };
  const blowing = blow();
  return {
    async stop() {
      end.abort();
      await blowing;
      return sent;
    },
  };
}

/** A client that wants every observation and event of the bus, and reads none of them. */
export async function slowConsumer(natsUrl: string): Promise<Socket> {
  const { hostname, port } = new URL(natsUrl);
  const socket = connect(Number(port), hostname);
  await new Promise((resolve, reject) => socket.once('data', resolve).once('error', reject));
  socket.on('error', () => undefined);
  socket.pause();
  socket.write('CONNECT {"verbose":false,"pedantic":false}\r\nSUB dr.> 1\r\n');
  return socket;
}
