import { createRequire } from 'node:module';
import { eventContracts, requestContracts } from '../messages/registry.js';
import { asyncApiFile } from './async-api.js';

// The parser is CommonJS and finds its own parts by `require`.
const { Parser } = createRequire(import.meta.url)('@asyncapi/parser') as typeof import('@asyncapi/parser');

interface Operations {
  readonly operations: Readonly<Record<string, { readonly action: string }>>;
}

describe('the AsyncAPI document', () => {
  const { text } = asyncApiFile(eventContracts, requestContracts);

  it('is one that the official parser accepts, with every message in it', async () => {
    const { document, diagnostics } = await new Parser().parse(text);

    expect(diagnostics.filter(({ severity }) => Number(severity) <= 1)).toEqual([]);
    const channels = document?.channels().all() ?? [];
    expect(channels).toHaveLength(eventContracts.length + 2 * requestContracts.length);
    for (const channel of channels) {
      const isDryRun = requestContracts.some(
        ({ name, dryRunReply }) => dryRunReply !== undefined && channel.id() === `${name}.reply`,
      );
      expect(channel.messages().all()).toHaveLength(isDryRun ? 2 : 1);
    }
    // No message without fields where its class has some: payloads of requests for everything are the only empty ones.
    const empty = (document?.allMessages().all() ?? []).filter(
      (message) => Object.keys(message.payload()?.properties() ?? {}).length === 0,
    );
    expect(new Set(empty.map((message) => message.name()))).toEqual(new Set(['QueryStatusPage']));
  });

  it('is refused by the same parser when a message is gone', async () => {
    const broken = text.replaceAll('"#/components/schemas/SiteLost"', '"#/components/schemas/Nothing"');
    const { diagnostics } = await new Parser().parse(broken);
    expect(diagnostics.some(({ severity }) => Number(severity) === 0)).toBe(true);
  });

  it('says who sends and who receives', () => {
    const { operations } = JSON.parse(text) as Operations;
    expect(operations['health-monitor.publish.SiteLost']?.action).toBe('send');
    expect(operations['failover.consume.SiteLost']?.action).toBe('receive');
    expect(operations['backup.consume.SiteLost']).toBeUndefined();
  });
});
