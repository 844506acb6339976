import { Texts } from '../messages/fields.js';
import { Duration, EnvironmentName, Maybe, Secret, type SecretRef, Url } from './fields.js';

/** Called in place of a command: an agent's HTTP endpoint, at the site or beside it (what is said there: docs/operations.md). */
export class Webhook {
  @Url() url!: string;
  /** Sent as a bearer token. */
  @Maybe() @Secret() token?: SecretRef;
  /** How long one answer is waited for. */
  @Maybe() @Duration() timeout?: string;
}

/** A secret that a command finds in its environment, never on its command line. */
export class CommandSecret {
  @EnvironmentName() name!: string;
  @Secret() secret!: SecretRef;
}

/** All that this control plane may run or call in order to act on the estate: whatever else the file names is refused. */
export class AllowList {
  /** Programs, each exactly as the commands name it. */
  @Texts() programs!: string[];
  /** `host` or `host:port` of webhooks. */
  @Texts() hosts!: string[];
}
