import type { ChannelKind } from '@novacron/contracts';
import type { Incident } from '../incident.js';
import type { FrozenAudience } from './frozen-plan.js';

/** The template of our own duties: its words are given, not the estate's. */
export const dutyTemplate = 'duty';
/** What providers that keep an alarm are told when a human has it. */
export const acknowledgedTemplate = 'acknowledged';

/** One message to one audience that is due: what the planner makes rows of. */
export interface Dispatch {
  readonly incidentId: string;
  /** As it stood then; absent for a message by hand about something that we know nothing of. */
  readonly incident?: Incident;
  readonly audience: FrozenAudience;
  readonly contacts: readonly string[];
  readonly channels: readonly string[];
  /** Only over channels of these kinds. */
  readonly onlyKinds?: readonly ChannelKind[];
  readonly template: string;
  /** Unique within incident, audience and template. */
  readonly number: string;
  /** UPDATE_NUMBER. */
  readonly updateNumber: number;
  /** CURRENT_STATUS. */
  readonly status: string;
  /** When it fell due, RFC 3339. */
  readonly at: string;
  readonly byHand: boolean;
  readonly drill: boolean;
  /** Said before the text: why this comes a second time, or that it is a drill. */
  readonly heading?: string;
  /** Written, but not sent until this approval is given. */
  readonly hold?: string;
  /** The approval whose text this one replaces. */
  readonly supersedes?: string;
  /** Written down as what would have been sent, and not sent: why. */
  readonly suppressed?: string;
  /** Channels that are silenced, and why. */
  readonly silenced: ReadonlyMap<string, string>;
  readonly values?: Readonly<Record<string, unknown>>;
  /** Of duties. */
  readonly words?: { readonly subject: string; readonly text: string };
}
