import type pg from 'pg';

export interface ClientSocket {
  destroy(): void;
  ref(): void;
  unref(): void;
}

/** The socket under a client, which node-postgres keeps to itself: there is no other way to leave a server that hangs. */
export function socketOf(client: pg.Client): ClientSocket | undefined {
  return (client as unknown as { connection?: { stream?: ClientSocket } }).connection?.stream;
}
