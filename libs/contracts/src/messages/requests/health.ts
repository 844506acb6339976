import { Name, NonEmptyText, Optional, Text } from '../fields.js';
import { Message } from '../message.js';

/** Announces work on a site or one check: what fails there in that time is not an incident. */
export class SetMaintenance extends Message {
  @Name() site!: string;
  @Optional() @Name() check?: string;
  /** How long, such as `30m`; `0s` ends it. */
  @NonEmptyText(20) expiry!: string;
  @NonEmptyText(1000) reason!: string;
  @NonEmptyText(200) owner!: string;
}

/** The last state of everything, or of a site, a check of a site, or as one vantage sees it. */
export class QueryHealthStatus extends Message {
  @Optional() @Name() site?: string;
  @Optional() @Text(128) vantage?: string;
  /** With a site. */
  @Optional() @Name() check?: string;
}
