import { readFile } from 'node:fs/promises';
import { Resolver } from 'node:dns/promises';
import { isIP } from 'node:net';
import { DrError } from '@novacron/contracts';

/** The machine's own names are read again after this long. */
const hostsFreshMs = 5_000;
let hosts: { readonly readMs: number; readonly names: Promise<ReadonlyMap<string, string>> } | undefined;

/**
 * The address of a host: of the machine's hosts file, or of its name servers, IPv4 first. Never by the C library, which
 * holds one of the process's few threads for as long as a name server is silent: four such names would stop every other
 * check. @throws DrError UNREACHABLE for a name that is not found, TIMEOUT when the signal ends the wait.
 */
export async function addressOf(host: string, signal: AbortSignal): Promise<string> {
  if (isIP(host) !== 0) return host;
  const own = (await hostNames()).get(host.toLowerCase());
  if (own !== undefined) return own;
  const resolver = new Resolver({ timeout: 1_000, tries: 3 });
  const cancel = (): void => resolver.cancel();
  signal.addEventListener('abort', cancel, { once: true });
  try {
    const found = await resolver.resolve4(host).catch(async (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENODATA') return resolver.resolve6(host);
      throw error;
    });
    return found[0] as string;
  } catch (error) {
    if (signal.aborted) throw new DrError('TIMEOUT', `${host} was not resolved in time`, { cause: error });
    const { code } = error as NodeJS.ErrnoException;
    throw new DrError('UNREACHABLE', `${host} cannot be resolved: ${code}`, { cause: error });
  } finally {
    signal.removeEventListener('abort', cancel);
  }
}

function hostNames(): Promise<ReadonlyMap<string, string>> {
  const now = performance.now();
  if (hosts === undefined || now - hosts.readMs > hostsFreshMs) {
    const names = readFile('/etc/hosts', 'utf8').then(parseHosts, () => parseHosts(''));
    hosts = { readMs: now, names };
  }
  return hosts.names;
}

/** `address name alias …  # comment`; the first line that has a name wins, and one with an IPv4 address before others. */
export function parseHosts(text: string): ReadonlyMap<string, string> {
  const names = new Map([['localhost', '127.0.0.1']]);
  for (const line of text.split('\n')) {
    const [address = '', ...aliases] = (line.split('#')[0] ?? '').trim().split(/\s+/u);
    if (isIP(address) === 0) continue;
    for (const alias of aliases) {
      const name = alias.toLowerCase();
      const known = names.get(name);
      if (known === undefined || (isIP(known) === 6 && isIP(address) === 4)) names.set(name, address);
    }
  }
  return names;
}
