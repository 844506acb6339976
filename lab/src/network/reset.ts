import type { Socket } from 'node:net';

/**
 * Breaks a connection off as a host does that knows nothing of it. One whose end is under way is closed instead: libuv
 * refuses to reset it (EINVAL), and it would stay open and keep the process from ending.
 */
export function reset(socket: Socket): void {
  if (socket.writableEnded) socket.destroy();
  else socket.resetAndDestroy();
}
