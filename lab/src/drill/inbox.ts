import type { InboxMessage } from '../inbox/message-folder.js';
import type { Lab } from '../lab.js';

/** What the lab's inbox has received over SMTP and HTTP, in order. */
export async function inboxMessages(lab: Lab): Promise<InboxMessage[]> {
  const response = await fetch(`${lab.file().inbox.url}/messages`, { signal: AbortSignal.timeout(3000) });
  if (!response.ok) throw new Error(`the inbox answered ${response.status}`);
  return (await response.json()) as InboxMessage[];
}
