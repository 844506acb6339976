import type { Contact } from '@novacron/contracts';
import type { Outcome, Word } from '../../domain/retry.js';
import type { Channel, OutgoingMessage } from '../channel.js';

/** A customer is called by the person they know: that person is told whom to call, and what to say. */
export class AccountManagerChannel implements Channel {
  readonly kind = 'account-manager';
  readonly repeatable: boolean;
  readonly alike: boolean;
  readonly reconcile?: (message: OutgoingMessage) => Promise<Word>;

  constructor(
    readonly name: string,
    private readonly via: Channel,
    private readonly contact: (id: string) => Contact | undefined,
  ) {
    this.repeatable = via.repeatable;
    this.alike = via.alike === true;
    if (via.reconcile === undefined) return;
    this.reconcile = async (message) => {
      const carried = this.carried(message);
      return 'kind' in carried ? carried : ((await via.reconcile?.(carried)) ?? nobody);
    };
  }

  async send(message: OutgoingMessage, commit: () => Promise<void>): Promise<Outcome> {
    const carried = this.carried(message);
    return 'kind' in carried ? carried : this.via.send(carried, commit);
  }

  /** What the manager is told. */
  private carried(message: OutgoingMessage): OutgoingMessage | typeof nobody {
    const { recipient: customer } = message;
    const manager = customer.accountManager === undefined ? undefined : this.contact(customer.accountManager);
    if (manager === undefined) return nobody;
    const reach = [customer.phone, customer.backupPhone, customer.email].filter((one) => one !== undefined).join(', ');
    return {
      ...message,
      recipient: manager,
      subject: `Please call ${customer.name}: ${message.subject}`,
      text: `Please call ${customer.name}${reach === '' ? '' : ` (${reach})`} and say:\n\n${message.text}`,
    };
  }
}

const nobody = { kind: 'refused', code: 'NO_ADDRESS', reason: 'the contact has no account manager' } as const;
