import { type Permit, uptimeMs } from './permit.js';
import { closeServer, serverMode } from './server.js';

const lookEveryMs = 100;

export interface WatchSettings {
  readonly permit: Permit;
  readonly dataDir: string;
  /** How long the server may take to end: the lease's margin. */
  readonly marginMs: number;
  readonly say: (message: string) => void;
}

/** Ends the server whenever it takes writes without a permit, for as long as this process lives. Returns what ends the watch. */
export function watchServer({ permit, dataDir, marginMs, say }: WatchSettings): () => void {
  let closing = false;
  const look = async (): Promise<void> => {
    const mode = serverMode(dataDir);
    // A standby needs no lease, and has its time to take one from its promotion on.
    if (mode === 'standby') permit.extend(uptimeMs());
    if (closing || !permit.isOver || mode !== 'primary') return;
    closing = true;
    say('the server takes writes without a lease: it is closed');
    const closed = await closeServer(dataDir, marginMs);
    say(closed ? 'the server is closed' : 'the server runs on: its processes cannot be ended');
    closing = false;
  };
  const timer = setInterval(() => void look(), lookEveryMs);
  return () => clearInterval(timer);
}
