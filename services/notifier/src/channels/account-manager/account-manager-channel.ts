import type { Contact } from '@novacron/contracts';
import type { Outcome } from '../../domain/retry.js';
import type { Channel, OutgoingMessage } from '../channel.js';

/** A customer is called by the person they know: that person is told whom to call, and what to say. */
export class AccountManagerChannel implements Channel {
  readonly kind = 'account-manager';
  readonly repeatable: boolean;

  constructor(
    readonly name: string,
    private readonly via: Channel,
    private readonly contact: (id: string) => Contact | undefined,
  ) {
    this.repeatable = via.repeatable;
  }

  async send(message: OutgoingMessage, commit: () => Promise<void>): Promise<Outcome> {
    const { recipient: customer } = message;
    const manager = customer.accountManager === undefined ? undefined : this.contact(customer.accountManager);
    if (manager === undefined) {
      return { kind: 'refused', code: 'NO_ADDRESS', reason: 'the contact has no account manager' };
    }
    const reach = [customer.phone, customer.backupPhone, customer.email].filter((one) => one !== undefined).join(', ');
    return this.via.send(
      {
        ...message,
        recipient: manager,
        subject: `Please call ${customer.name}: ${message.subject}`,
        text: `Please call ${customer.name}${reach === '' ? '' : ` (${reach})`} and say:\n\n${message.text}`,
      },
      commit,
    );
  }

  reconcile(message: OutgoingMessage): Promise<Outcome> {
    const doubtful: Outcome = { kind: 'unknown', reason: 'the attempt may have reached the account manager' };
    return this.via.reconcile?.(message) ?? Promise.resolve(doubtful);
  }
}
