import { Count, Name, NonEmptyText, Optional, Text, Time } from '../fields.js';
import { type Fields, Message } from '../message.js';

abstract class AboutNotification extends Message {
  /** `<incident>_<audience>_<recipient>_<channel>_<update>`: the same for the same message, wherever it is computed. */
  @Name() notificationId!: string;
  @Name() incident!: string;
  @Name() audience!: string;
  @Name() channel!: string;
  /** The contact's name in the estate file, never an address. */
  @Name() recipient!: string;
}

/** The channel's provider has accepted the message; acceptance is not acknowledgement by a human. */
export class NotificationDelivered extends AboutNotification {
  @Name() template!: string;
  @Count() attempt!: number;
  @Time() deliveredAt!: string;
  /** From the event that caused it. */
  @Count() latencyMs!: number;
  @Optional() @Text(300) providerId?: string;

  constructor(fields: Fields<NotificationDelivered>) {
    super(fields);
  }
}

export class NotificationFailed extends AboutNotification {
  @NonEmptyText() reason!: string;
  @Text(100) code!: string;
  @Count() attempts!: number;

  constructor(fields: Fields<NotificationFailed>) {
    super(fields);
  }
}

export class NotificationAcknowledged extends AboutNotification {
  @NonEmptyText(200) by!: string;
  @Time() at!: string;

  constructor(fields: Fields<NotificationAcknowledged>) {
    super(fields);
  }
}

export class EscalationRaised extends Message {
  @Name() incident!: string;
  @Name() audience!: string;
  @Count() level!: number;
  @NonEmptyText() reason!: string;

  constructor(fields: Fields<EscalationRaised>) {
    super(fields);
  }
}

/** An update that was promised for a time has not been sent. */
export class UpdateOverdue extends Message {
  @Name() incident!: string;
  @Name() audience!: string;
  @Time() promisedAt!: string;
  @Count() lateMs!: number;

  constructor(fields: Fields<UpdateOverdue>) {
    super(fields);
  }
}
