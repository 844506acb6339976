import { Count, Data, Name, NonEmptyText, OneOf, Optional, Text, Time } from '../fields.js';
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

/** A text for customers waits for a human: `command.notifier.approve` releases it. */
export class NotificationApprovalRequested extends Message {
  @Name() approvalId!: string;
  @Name() incident!: string;
  @Name() audience!: string;
  @Name() template!: string;
  /** When it is released by itself; absent where only a human may. */
  @Optional() @Time() releaseAt?: string;

  constructor(fields: Fields<NotificationApprovalRequested>) {
    super(fields);
  }
}

/** A human released a text. */
export class NotificationApproved extends Message {
  @Name() approvalId!: string;
  @Name() incident!: string;
  @NonEmptyText(200) by!: string;
  @Time() at!: string;
  @Optional() @Text(1000) comment?: string;

  constructor(fields: Fields<NotificationApproved>) {
    super(fields);
  }
}

/** An audience or a channel is kept quiet until a time; what is due meanwhile is told afterwards, once. */
export class NotificationsSilenced extends Message {
  @Name() silenceId!: string;
  @Optional() @Name() audience?: string;
  @Optional() @Name() channel?: string;
  @Time() from!: string;
  @Time() until!: string;
  @NonEmptyText(1000) reason!: string;
  @NonEmptyText(200) owner!: string;

  constructor(fields: Fields<NotificationsSilenced>) {
    super(fields);
  }
}

/** A human sends a message from a template; it counts as an update of its audience. */
export class NotificationRequested extends Message {
  @Name() incident!: string;
  @Name() audience!: string;
  @Name() template!: string;
  @Time() at!: string;
  /** Values given by hand, as texts by placeholder. */
  @Data() values!: Record<string, unknown>;

  constructor(fields: Fields<NotificationRequested>) {
    super(fields);
  }
}

export const notificationTimerKinds = [
  'start',
  'update',
  'overdue',
  'escalate',
  'unacknowledge',
  'release',
  'silence-over',
  'settle',
  'digest',
] as const;
export type NotificationTimerKind = (typeof notificationTimerKinds)[number];

/** The time for something has come: never before `dueAt`. What it was set for may be over: then it changes nothing. */
export class NotificationTimerFired extends Message {
  @Name() incident!: string;
  @Name() audience!: string;
  @OneOf(notificationTimerKinds) kind!: NotificationTimerKind;
  /** What it was set for. */
  @NonEmptyText(200) key!: string;
  @Time() dueAt!: string;
  @Time() firedAt!: string;

  constructor(fields: Fields<NotificationTimerFired>) {
    super(fields);
  }
}
