import { Resolver } from 'node:dns/promises';
import { isIPv6 } from 'node:net';
import { DrError } from '@novacron/contracts';
import { addressOf } from '../network/address-of.js';
import type { Finding, Probe } from './probe.js';

export interface DnsQuestion {
  readonly resolvers: readonly { readonly host: string; readonly port: number }[];
  readonly name: string;
  readonly type: 'A' | 'AAAA' | 'CNAME' | 'TXT';
  /** Every answer must be one of these; any answer will do unless given. */
  readonly expected?: readonly string[];
}

/**
 * Each resolver is asked by itself and must give a right answer: one that does not is named, and that is degraded, as its
 * users wait for it before they ask the next. The check has failed when none does.
 */
export class DnsProbe implements Probe {
  constructor(private readonly question: DnsQuestion) {}

  async probe(signal: AbortSignal): Promise<Finding | void> {
    const { resolvers } = this.question;
    const problems = (await Promise.all(resolvers.map((resolver) => this.ask(resolver, signal)))).filter(
      (problem) => problem !== undefined,
    );
    if (problems.length === 0) return;
    if (problems.length === resolvers.length) throw new DrError('VERIFY_FAILED', problems.join('; '));
    return { degraded: problems.join('; ') };
  }

  private async ask(server: { host: string; port: number }, signal: AbortSignal): Promise<string | undefined> {
    const { name, type, expected } = this.question;
    const where = `${server.host}:${server.port}`;
    // Longer than any check: it is the signal that ends the wait.
    const resolver = new Resolver({ timeout: 2_000, tries: 4 });
    const cancel = (): void => resolver.cancel();
    signal.addEventListener('abort', cancel, { once: true });
    try {
      const address = await addressOf(server.host, signal);
      resolver.setServers([`${isIPv6(address) ? `[${address}]` : address}:${server.port}`]);
      const answers = await lookUp(resolver, name, type);
      const wrong = answers.filter((answer) => expected !== undefined && !expected.includes(answer));
      if (answers.length === 0) return `${where} knows no ${type} of ${name}`;
      return wrong.length === 0 ? undefined : `${where} answers ${wrong.join(', ')} for ${name}`;
    } catch (error) {
      if (signal.aborted) return `${where} gave no answer in time`;
      const { code, message } = error as NodeJS.ErrnoException;
      return `${where} ${refusals[code ?? ''] ?? `gave no answer: ${code ?? message}`}`.replace('NAME', name);
    } finally {
      signal.removeEventListener('abort', cancel);
    }
  }
}

const refusals: Readonly<Record<string, string>> = {
  ENOTFOUND: 'says that there is no NAME',
  ENODATA: 'knows NAME, but not of this type',
  ESERVFAIL: 'failed on NAME',
  EREFUSED: 'refuses to answer',
  ECONNREFUSED: 'refused the connection',
  ETIMEOUT: 'gave no answer in time',
};

async function lookUp(resolver: Resolver, name: string, type: DnsQuestion['type']): Promise<string[]> {
  switch (type) {
    case 'A':
      return resolver.resolve4(name);
    case 'AAAA':
      return resolver.resolve6(name);
    case 'CNAME':
      return resolver.resolveCname(name);
    case 'TXT':
      return (await resolver.resolveTxt(name)).map((parts) => parts.join(''));
  }
}
