import { DrError } from '@novacron/contracts';
import { endpointName, runtimeCommand, type RuntimeEndpoint } from './runtime-api.js';

export type ServerState = 'ready' | 'drain' | 'maint';

/** One server of a backend as one instance sees it. */
export interface BackendServer {
  readonly endpoint: string;
  readonly backend: string;
  readonly server: string;
  readonly state: ServerState;
}

/** What customers still hold of one server, on one instance. */
export interface ServerSessions {
  readonly endpoint: string;
  readonly backend: string;
  readonly server: string;
  readonly sessions: number;
}

export interface HaproxyRuntimeOptions {
  /** Every instance: what one of them still routes is still routed. */
  readonly endpoints: readonly RuntimeEndpoint[];
  readonly timeoutMs?: number;
  /** Instances that cannot be reached are left out, as long as one of them can. */
  readonly leaveSilent?: boolean;
}

/** Of `show stat`: lines of servers, without those of the frontend and the backend as a whole. */
const serversOnly = 4;
const sessionsEveryMs = 20;
const silence: readonly string[] = ['UNREACHABLE', 'TIMEOUT'];

/**
 * Moves traffic through HAProxy's runtime API, on every instance. Changes live until a reload: keep
 * `server-state-file` in the configuration, and look again after a reload.
 */
export class HaproxyRuntime {
  constructor(private readonly options: HaproxyRuntimeOptions) {}

  /** The instances, by the names that {@link BackendServer} has. */
  get instances(): string[] {
    return this.options.endpoints.map(endpointName);
  }

  /** These instances alone. */
  only(instances: readonly string[]): HaproxyRuntime {
    const endpoints = this.options.endpoints.filter((endpoint) => instances.includes(endpointName(endpoint)));
    return new HaproxyRuntime({ ...this.options, endpoints });
  }

  /** The same, leaving out whichever instance cannot be reached: one that is gone sends nobody anywhere. */
  whereHeard(): HaproxyRuntime {
    return new HaproxyRuntime({ ...this.options, leaveSilent: true });
  }

  /** The servers of a backend on every instance. @throws DrError NOT_FOUND when an instance does not have the backend. */
  async servers(backend: string): Promise<BackendServer[]> {
    return this.ask(async (endpoint) => {
      const text = await this.send(endpoint, `show servers state ${backend}`);
      const servers = parseServersState(text, endpointName(endpoint));
      if (servers.length === 0) {
        throw new DrError('NOT_FOUND', `haproxy ${endpointName(endpoint)} has no backend ${backend}`, {
          details: [{ path: backend, problem: text }],
        });
      }
      return servers;
    });
  }

  /** How many sessions every server of a backend has now, on every instance. @throws DrError NOT_FOUND where it has no such backend. */
  async sessions(backend: string): Promise<ServerSessions[]> {
    return this.ask(async (endpoint) => {
      // Asked by name it tells of the first proxy that has it, which may be the frontend.
      const text = await this.send(endpoint, `show stat -1 ${serversOnly} -1`);
      const found = parseSessions(text, endpointName(endpoint)).filter((each) => each.backend === backend);
      if (found.length > 0) return found;
      throw new DrError('NOT_FOUND', `haproxy ${endpointName(endpoint)} does not say how many sessions ${backend} has`);
    });
  }

  /**
   * Ends a server's sessions on every instance, and looks until it has none: HAProxy only begins to end them when it is told.
   * Returns those that were left when the time was over; empty: measured to be none.
   */
  async endSessions(
    backend: string,
    server: string,
    call: { readonly timeoutMs: number; readonly signal?: AbortSignal },
  ) {
    const deadline = performance.now() + call.timeoutMs;
    for (;;) {
      await this.ask(async (endpoint) => {
        await this.send(endpoint, `shutdown sessions server ${backend}/${server}`);
        return [];
      });
      const found = (await this.sessions(backend)).filter((each) => each.server === server);
      if (found.length === 0) {
        throw new DrError('NOT_FOUND', `haproxy does not say how many sessions ${backend}/${server} has`);
      }
      const left = found.filter(({ sessions }) => sessions > 0);
      if (left.length === 0 || performance.now() >= deadline) return left;
      call.signal?.throwIfAborted();
      await new Promise((resolve) => setTimeout(resolve, sessionsEveryMs));
    }
  }

  /** Sets a server's state on every instance and reads it back. */
  async setState(backend: string, server: string, state: ServerState): Promise<void> {
    await this.change(backend, new Map([[server, state]]));
  }

  /**
   * Sends a backend's traffic to one server and to no other; sessions to the others end. Read back on every instance. Returns how
   * every server was before.
   */
  async activate(backend: string, server: string): Promise<readonly BackendServer[]> {
    const before = await this.servers(backend);
    const names = [...new Set(before.map((entry) => entry.server))];
    const others = names.filter((name) => name !== server);
    if (!names.includes(server)) {
      throw new DrError('NOT_FOUND', `haproxy backend ${backend} has no server ${server}`, {
        hint: `it has: ${others.join(', ')}`,
      });
    }
    await this.change(backend, new Map([...others.map((name) => [name, 'maint'] as const), [server, 'ready']]));
    return before;
  }

  /** Puts servers back into the states they had: `before` is what {@link servers} gave. */
  async restore(before: readonly BackendServer[]): Promise<void> {
    const wanted = new Map(before.map((entry) => [`${entry.backend}/${entry.server}`, entry]));
    const maintFirst = [...wanted.values()].toSorted(
      (a, b) => Number(a.state === 'ready') - Number(b.state === 'ready'),
    );
    for (const entry of maintFirst) await this.setState(entry.backend, entry.server, entry.state);
  }

  /** All changes of a backend and their reading back in one conversation with each instance, in the order given. */
  private async change(backend: string, wanted: ReadonlyMap<string, ServerState>): Promise<void> {
    const commands = [...wanted].flatMap(([server, state]) => [
      `set server ${backend}/${server} state ${state}`,
      ...(state === 'maint' ? [`shutdown sessions server ${backend}/${server}`] : []),
    ]);
    const line = [...commands, `show servers state ${backend}`].join(';');
    const found = await this.ask(async (endpoint) => {
      const name = endpointName(endpoint);
      const text = await this.send(endpoint, line);
      const refused = text.split(/^\d+\n#/mu)[0]?.trim() ?? '';
      if (refused !== '') {
        throw new DrError('COMMAND_FAILED', `haproxy ${name} refused a command`, {
          details: [{ path: backend, problem: refused.slice(0, 500) }],
        });
      }
      return parseServersState(text, name);
    });
    const wrong = found.filter(({ server, state }) => wanted.has(server) && wanted.get(server) !== state);
    const missing = [...wanted.keys()].filter((name) => !found.some(({ server }) => server === name));
    if (wrong.length === 0 && missing.length === 0) return;
    throw new DrError('VERIFY_FAILED', `haproxy does not show the servers of ${backend} as they were set`, {
      details: [
        ...wrong.map(({ endpoint, server, state }) => ({
          path: `${endpoint} ${backend}/${server}`,
          problem: `is ${state}`,
        })),
        ...missing.map((server) => ({ path: `${backend}/${server}`, problem: 'is not there' })),
      ],
    });
  }

  /** What every instance says; of those that can be reached where the others are left out. */
  private async ask<T>(one: (endpoint: RuntimeEndpoint) => Promise<T[]>): Promise<T[]> {
    const { endpoints, leaveSilent = false } = this.options;
    if (!leaveSilent) return (await Promise.all(endpoints.map(one))).flat();
    const outcomes = await Promise.allSettled(endpoints.map(one));
    const failures = outcomes.flatMap((outcome) =>
      outcome.status === 'rejected' ? [DrError.from(outcome.reason)] : [],
    );
    const worst = failures.find(({ code }) => !silence.includes(code)) ?? failures[0];
    if (worst !== undefined && (!silence.includes(worst.code) || failures.length === outcomes.length)) throw worst;
    return outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? outcome.value : []));
  }

  private send(endpoint: RuntimeEndpoint, command: string): Promise<string> {
    return runtimeCommand(endpoint, command, this.options.timeoutMs ?? 2000);
  }
}

/**
 * Bits of srv_admin_state that mean maintenance (forced, inherited, unresolved name) and drain. 0x04 is not among them: it
 * only remembers that the configuration said `disabled`, and stays when the server is made ready.
 */
const maintBits = 0x01 | 0x02 | 0x20;
const drainBits = 0x08 | 0x10;

/** Reads `show servers state`: a version line, a header line beginning with `#`, then one line a server. */
export function parseServersState(text: string, endpoint: string): BackendServer[] {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const header = lines.find((line) => line.startsWith('#'));
  if (header === undefined) return [];
  const columns = header.slice(1).trim().split(/\s+/u);
  const column = (fields: readonly string[], name: string): string => fields[columns.indexOf(name)] ?? '';
  return lines.slice(lines.indexOf(header) + 1).map((line) => {
    const fields = line.trim().split(/\s+/u);
    const admin = Number(column(fields, 'srv_admin_state'));
    const state: ServerState = (admin & maintBits) !== 0 ? 'maint' : (admin & drainBits) !== 0 ? 'drain' : 'ready';
    return { endpoint, backend: column(fields, 'be_name'), server: column(fields, 'srv_name'), state };
  });
}

/** Reads `show stat`: a header of column names beginning with `#`, then a line of values a server, all separated by commas. */
export function parseSessions(text: string, endpoint: string): ServerSessions[] {
  const [header = '', ...lines] = text.split('\n').filter((line) => line.trim() !== '');
  const columns = header.replace(/^#\s*/u, '').split(',');
  const value = (fields: readonly string[], name: string): string => fields[columns.indexOf(name)] ?? '';
  return lines.flatMap((line) => {
    const fields = line.split(',');
    const sessions = Number.parseInt(value(fields, 'scur'), 10);
    const [backend, server] = [value(fields, 'pxname'), value(fields, 'svname')];
    return Number.isNaN(sessions) || server === '' ? [] : [{ endpoint, backend, server, sessions }];
  });
}
