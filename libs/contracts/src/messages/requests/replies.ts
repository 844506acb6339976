import { Data, ListOf, Name, OneOf, Optional, Text, Texts } from '../fields.js';
import { type Fields, Message } from '../message.js';

/** The reply to a command that starts an operation: its first journal record is stored. */
export class Accepted extends Message {
  @Name() operationId!: string;
  @OneOf(['accepted']) status!: 'accepted';

  constructor(fields: Fields<Accepted>) {
    super(fields);
  }
}

/** The reply to a command that takes effect at once. */
export class Done extends Message {
  @OneOf(['done']) status!: 'done';
  @Optional() @Text() message?: string;

  constructor(fields: Fields<Done>) {
    super(fields);
  }
}

export class PlannedStep extends Message {
  @Name() step!: string;
  @Text(300) title!: string;
  /** Each external change, one line; nothing has been made. */
  @Texts(100) changes!: string[];
  @Optional() @Text(40) state?: string;
}

/** What an operation would do, or with `dryRun` what it would change now. */
export class Plan extends Message {
  @Name() runbook!: string;
  @Text() summary!: string;
  @ListOf(() => PlannedStep) steps!: PlannedStep[];

  constructor(fields: Fields<Plan>) {
    super(fields);
  }
}

/** A status whose shape belongs to its service; described in `docs/events.md`. */
export class Report extends Message {
  @Text(40) at!: string;
  @Data() report!: Record<string, unknown>;

  constructor(fields: Fields<Report>) {
    super(fields);
  }
}
