import type { ChannelKind, Contact } from '@novacron/contracts';
import type { Outcome, Word } from '../domain/retry.js';

/** One message, ready to go to one person, or to one place where all of an audience read. */
export interface OutgoingMessage {
  readonly notificationId: string;
  readonly incident: string;
  readonly audience: string;
  readonly template: string;
  readonly recipient: Contact;
  readonly subject: string;
  readonly text: string;
  readonly drill: boolean;
  /** When the event that caused it happened, RFC 3339. */
  readonly causedAt: string;
  /** When an attempt was begun whose outcome nobody knows. */
  readonly doubtfulSince?: string;
  /** The provider's id of the first message of this incident on this channel: what a conversation hangs on. */
  readonly thread?: string;
  /** The provider's ids of everything that this audience was told of the incident on this channel. */
  readonly alarms?: readonly string[];
  /** How many other messages to this person over this channel were begun at about that time, and nobody knows their end either. */
  readonly rivals?: number;
  /** Whether the provider's id is that of another message. */
  readonly isKnown?: (providerId: string) => boolean;
}

/**
 * One way to reach people, over one provider. A further kind of channel is a folder beside these with an adapter of this shape, and
 * a line in `open-channels.ts`.
 */
export interface Channel {
  readonly name: string;
  readonly kind: ChannelKind;
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
  /**
   * Asks the provider what became of a doubtful attempt. `retry` only where it is certain that it has nothing; `unknown` where
   * asking will never tell.
   */
  reconcile?(message: OutgoingMessage): Promise<Word>;
  /** True where the provider can be asked, but one message to a person looks like another: they go one after the other. */
  readonly alike?: boolean;
}

/** The reader of a channel that is one place for everyone. */
export const everyone = 'all';

const sharedKinds: ReadonlySet<ChannelKind> = new Set(['slack', 'teams', 'pagerduty', 'status-page']);

/** Whether a channel of this kind is one place for a whole audience: one message, however many people it has. */
export function isShared(kind: ChannelKind): boolean {
  return sharedKinds.has(kind);
}
