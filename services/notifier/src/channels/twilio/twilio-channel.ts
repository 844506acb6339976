import type { HttpAnswer } from '@novacron/drivers';
import { DrError } from '@novacron/contracts';
import type { Outcome, Word } from '../../domain/retry.js';
import type { Channel, OutgoingMessage } from '../channel.js';
import { jsonOf, post } from '../http/post.js';
import { spokenMessage } from './spoken-message.js';
import { authorization, phoneNumber, recent, type Recent, resourceUrl, type TwilioAccount } from './twilio-api.js';

export interface TwilioSettings extends TwilioAccount {
  readonly name: string;
  readonly kind: 'phone' | 'sms';
  /** Where the provider reaches us; without it there are no callbacks and no keypress. */
  readonly callbackUrl?: string;
  readonly nowMs?: () => number;
}

/** The provider lists a call as soon as it has queued it; an attempt younger than this may still be on its way. */
const settledAfterMs = 10_000;
const askAgainMs = 1_000;
/** The provider's times are whole seconds; so is its clock where it tells it. */
const roundedMs = 2_000;

/**
 * Calls and text messages over Twilio. Creating one is not idempotent (Twilio's error 20500 says so itself): an attempt of which we
 * do not know the end is never made again before the provider was asked what it has. A text message is known by its words, a call
 * by its number and its time alone.
 */
export class TwilioChannel implements Channel {
  readonly name: string;
  readonly kind: 'phone' | 'sms';
  readonly repeatable = false;
  readonly alike: boolean;

  constructor(private readonly settings: TwilioSettings) {
    this.name = settings.name;
    this.kind = settings.kind;
    this.alike = settings.kind === 'phone';
  }

  async send(message: OutgoingMessage, commit: () => Promise<void>): Promise<Outcome> {
    const { from, timeoutMs } = this.settings;
    const nowMs = (this.settings.nowMs ?? Date.now)();
    const to = numberOf(message);
    if (to === undefined) return { kind: 'refused', code: 'NO_ADDRESS', reason: 'the contact has no phone number' };
    const login = await authorization(this.settings);
    const form = new URLSearchParams({ To: to, From: from, ...this.content(message) });
    await commit();
    return post({
      url: resourceUrl(this.settings, this.resource),
      headers: { 'content-type': 'application/x-www-form-urlencoded', authorization: login },
      body: form.toString(),
      timeoutMs,
      nowMs,
      repeatable: this.repeatable,
      accepted,
    });
  }

  async reconcile(message: OutgoingMessage): Promise<Word> {
    const nowMs = (this.settings.nowMs ?? Date.now)();
    const sinceMs = Date.parse(message.doubtfulSince ?? message.causedAt);
    const to = numberOf(message);
    if (to === undefined) return { kind: 'refused', code: 'NO_ADDRESS', reason: 'the contact has no phone number' };
    let listed: Recent;
    try {
      listed = await recent(this.settings, this.resource, to);
    } catch (error) {
      const reason = `the provider could not be asked: ${DrError.from(error).message}`;
      return { kind: 'ask-again', afterMs: askAgainMs, reason };
    }
    // Clocks of two houses differ: the attempt is looked for by the provider's own.
    const aheadMs = Number.isNaN(listed.atMs) ? 0 : listed.atMs - nowMs;
    const found = listed.sent.filter((one) => this.isOurs(one, message, sinceMs + aheadMs));
    // One call looks like another: it is this message's only where there is one for each that may have been made.
    const rivals = this.kind === 'phone' ? (message.rivals ?? 0) : 0;
    if (found.length > 0 && found.length <= rivals)
      return { kind: 'unknown', reason: 'one of several calls to this number was made, and nobody knows which' };
    const sid = found[0]?.['sid'];
    if (typeof sid === 'string') return { kind: 'accepted', providerId: sid };
    if (nowMs - sinceMs < settledAfterMs)
      return { kind: 'ask-again', afterMs: askAgainMs, reason: 'the attempt may still be on its way' };
    return { kind: 'retry', code: 'NOT_THERE', reason: 'the provider has nothing of an earlier attempt' };
  }

  private get resource(): 'Calls' | 'Messages' {
    return this.kind === 'phone' ? 'Calls' : 'Messages';
  }

  private isOurs(one: Record<string, unknown>, message: OutgoingMessage, sinceMs: number): boolean {
    const createdMs = Date.parse(String(one['date_created']));
    const untilMs = sinceMs + this.settings.timeoutMs + settledAfterMs;
    if (!(createdMs >= sinceMs - roundedMs && createdMs <= untilMs)) return false;
    // What another message is known to have caused is not this one.
    if (message.isKnown?.(String(one['sid'])) === true) return false;
    return this.kind === 'phone' || one['body'] === smsText(message);
  }

  private content(message: OutgoingMessage): Record<string, string> {
    const { callbackUrl } = this.settings;
    const hook = (what: string): string =>
      `${callbackUrl ?? ''}/hooks/twilio/${this.name}/${what}?n=${message.notificationId}`;
    const status: Record<string, string> = callbackUrl === undefined ? {} : { StatusCallback: hook('status') };
    if (this.kind === 'sms') return { Body: smsText(message), ...status };
    return {
      Twiml: spokenMessage(message, callbackUrl === undefined ? undefined : hook('keypress')),
      ...status,
    };
  }
}

export function smsText({ subject, text }: Pick<OutgoingMessage, 'subject' | 'text'>): string {
  return `${subject}\n${text}`.trim().slice(0, 1_600);
}

/** A call goes to the backup number on the way up the chain: who did not answer one phone may have the other. */
function numberOf({ recipient, notificationId }: OutgoingMessage): string | undefined {
  const first = phoneNumber(recipient.phone);
  const second = phoneNumber(recipient.backupPhone);
  return notificationId.includes('-level-') ? (second ?? first) : (first ?? second);
}

function accepted(answer: HttpAnswer): Outcome {
  const { sid } = jsonOf(answer);
  return typeof sid === 'string'
    ? { kind: 'accepted', providerId: sid }
    : { kind: 'unknown', reason: 'the provider answered without an id' };
}
