import type { Contact } from '@novacron/contracts';
import type { Outcome } from '../domain/retry.js';

/** One message, ready to go to one person. */
export interface OutgoingMessage {
  readonly notificationId: string;
  readonly incident: string;
  readonly audience: string;
  readonly template: string;
  readonly recipient: Contact;
  readonly subject: string;
  readonly text: string;
  /** When the event that caused it happened, RFC 3339. */
  readonly causedAt: string;
}

/**
 * One way to reach people, over one provider. A further kind of channel is a folder beside these with an adapter of this
 * shape, and a line in `open-channels.ts`.
 */
export interface Channel {
  readonly name: string;
  /**
   * True where the receiver recognises a message by its id, so that sending it again after a doubtful end is safe; false
   * where it might become a second message.
   */
  readonly repeatable: boolean;
  /**
   * One attempt, within the channel's own time limits. `commit` is awaited just before the first byte that the provider
   * might act on; when it rejects, nothing is sent and `send` rejects with the same error. It rejects too where a secret
   * cannot be read, before `commit`; every other end is an outcome.
   */
  send(message: OutgoingMessage, commit: () => Promise<void>): Promise<Outcome>;
}
