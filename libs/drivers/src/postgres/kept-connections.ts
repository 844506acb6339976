import { setTimeout as delay } from 'node:timers/promises';
import type pg from 'pg';
import { socketOf } from './socket.js';

/** Whoever names a server, and for how long its connections are kept, milliseconds. */
interface Keeper {
  readonly keepMs?: number;
}

interface Kept {
  readonly client: pg.Client;
  readonly expiry: NodeJS.Timeout;
  /** It ended by itself. */
  readonly forget: () => void;
}

/** More would only be had while more calls than that run at once. */
const mostKept = 4;
/** A server that hangs, or a network that swallowed the connection, must not take the whole of a call's time. */
const answerWithinMs = 500;

/** By the very object that names the server, so that nobody is given a connection of somebody else. */
const keptFor = new WeakMap<Keeper, Kept[]>();

/** A connection that served a call before, if one is left. It has to be asked whether it still answers. */
export function takeKept(access: Keeper): pg.Client | undefined {
  const kept = keptFor.get(access)?.pop();
  if (kept === undefined) return undefined;
  clearTimeout(kept.expiry);
  kept.client.off('end', kept.forget);
  socketOf(kept.client)?.ref();
  return kept.client;
}

/** True when the connection works, now with the time limit of the call that is to use it. */
export async function stillAnswers(client: pg.Client, timeoutMs: number): Promise<boolean> {
  const asked = client.query(`set statement_timeout = ${Math.ceil(timeoutMs)}`).then(
    () => true,
    () => false,
  );
  const silent = delay(Math.min(answerWithinMs, timeoutMs / 3), false, { ref: false });
  return Promise.race([asked, silent]);
}

/** Keeps a connection whose call went well, if its server's may be kept; it never keeps the process alive. */
export function keep(access: Keeper, client: pg.Client): boolean {
  const { keepMs = 0 } = access;
  const all = keptFor.get(access) ?? [];
  if (keepMs <= 0 || all.length >= mostKept) return false;
  const forget = (): void => {
    const place = all.findIndex((kept) => kept.client === client);
    if (place >= 0) clearTimeout(all.splice(place, 1)[0]?.expiry);
  };
  const expiry = setTimeout(() => {
    forget();
    void client.end().catch(() => undefined);
  }, keepMs);
  expiry.unref();
  client.once('end', forget);
  socketOf(client)?.unref();
  all.push({ client, expiry, forget });
  keptFor.set(access, all);
  return true;
}
