import type { Lab } from '../lab.js';

/** A message as the lab's inbox received it over SMTP or HTTP. */
export interface InboxMessage {
  readonly channel: 'email' | 'webhook';
  readonly receivedAt: string;
  readonly to?: string | readonly string[];
  readonly subject?: string;
  readonly text?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

export async function inboxMessages(lab: Lab): Promise<InboxMessage[]> {
  const response = await fetch(`${lab.file().inbox.url}/messages`, { signal: AbortSignal.timeout(3000) });
  if (!response.ok) throw new Error(`the inbox answered ${response.status}`);
  return (await response.json()) as InboxMessage[];
}
