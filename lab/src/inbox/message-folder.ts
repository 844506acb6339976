import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface EmailMessage {
  readonly channel: 'email';
  readonly receivedAt: string;
  readonly from: string;
  readonly to: readonly string[];
  readonly subject: string;
  readonly text: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface WebhookMessage {
  readonly channel: 'webhook';
  readonly receivedAt: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

export type InboxMessage = EmailMessage | WebhookMessage;

/** Messages in the order of their arrival, one file each: what was accepted is there after a restart. */
export class MessageFolder {
  private next: number;

  private constructor(
    private readonly path: string,
    private kept: InboxMessage[],
    last: number,
  ) {
    this.next = last + 1;
  }

  static async open(path: string): Promise<MessageFolder> {
    await mkdir(path, { recursive: true });
    const names = (await readdir(path)).filter((name) => name.endsWith('.json')).toSorted();
    const messages = await Promise.all(
      names.map(async (name) => JSON.parse(await readFile(join(path, name), 'utf8')) as InboxMessage),
    );
    return new MessageFolder(path, messages, Number.parseInt(names.at(-1) ?? '0', 10));
  }

  get messages(): readonly InboxMessage[] {
    return this.kept;
  }

  /** Resolves when the message is on disk. */
  async add(message: InboxMessage): Promise<void> {
    const file = join(this.path, `${String(this.next++).padStart(6, '0')}.json`);
    this.kept.push(message);
    await writeFile(`${file}.new`, JSON.stringify(message, undefined, 2), { flush: true });
    await rename(`${file}.new`, file);
  }

  async clear(): Promise<void> {
    const names = (await readdir(this.path)).filter((name) => name.endsWith('.json'));
    this.kept = [];
    await Promise.all(names.map((name) => rm(join(this.path, name), { force: true })));
  }
}
