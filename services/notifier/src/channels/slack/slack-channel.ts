import { DrError } from '@novacron/contracts';
import { type HttpAnswer, httpRequest } from '@novacron/drivers';
import type { Outcome, Word } from '../../domain/retry.js';
import type { Channel, OutgoingMessage } from '../channel.js';
import { jsonOf, post } from '../http/post.js';
import { slackBlocks } from './slack-blocks.js';

interface Bot {
  readonly token: () => Promise<string>;
  /** The id of a conversation; where it is a name, messages go there, but the bot cannot look into it. */
  readonly room: string;
  readonly apiUrl?: string;
}

export interface SlackSettings {
  readonly name: string;
  /** An incoming webhook: it can only add a message. */
  readonly webhookUrl?: () => Promise<string>;
  /** A bot's token: messages of an incident form a thread, and carry a button that acknowledges. */
  readonly bot?: Bot;
  readonly timeoutMs?: number;
  readonly nowMs?: () => number;
}

const slackApi = 'https://slack.com/api';
/** Errors of the Web API that pass (docs.slack.dev, `chat.postMessage`); all others will be the same next time. */
const passing = new Set(['ratelimited', 'rate_limited', 'service_unavailable']);
/** Errors after which the message may be there all the same. */
const doubtful = new Set(['internal_error', 'fatal_error', 'request_timeout']);

/** What our messages carry for us to find them by: only the app that wrote it reads it (docs.slack.dev, message metadata). */
const marked = 'novacron_dr_notification';
/** A message is in the history as soon as it is shown; an attempt younger than this may still be on its way. */
const settledAfterMs = 10_000;
const askAgainMs = 1_000;
/** Its times are its own clock's. */
const clockSkewMs = 60_000;

/**
 * A message to a Slack conversation. Slack has no key by which it recognises a repeated one. A bot's message carries its name, and
 * the bot looks into the conversation (scope `channels:history` or `groups:history`) for one whose end nobody knows.
 */
export class SlackChannel implements Channel {
  readonly name: string;
  readonly kind = 'slack';
  readonly repeatable = false;
  /** An incoming webhook cannot be asked. */
  readonly reconcile?: (message: OutgoingMessage) => Promise<Word>;

  constructor(private readonly settings: SlackSettings) {
    this.name = settings.name;
    const { bot } = settings;
    if (bot !== undefined) this.reconcile = (message) => this.found(message, bot);
  }

  async send(message: OutgoingMessage, commit: () => Promise<void>): Promise<Outcome> {
    const { bot, webhookUrl, timeoutMs = 10_000 } = this.settings;
    const nowMs = (this.settings.nowMs ?? Date.now)();
    const content = { text: message.subject, blocks: slackBlocks(message, bot !== undefined) };
    const headers = { 'content-type': 'application/json; charset=utf-8' };
    const common = { timeoutMs, nowMs, repeatable: this.repeatable };
    if (bot === undefined) {
      const url = (await webhookUrl?.()) ?? '';
      await commit();
      return post({ url, headers, body: JSON.stringify(content), ...common });
    }
    const token = await bot.token();
    const thread = message.thread === undefined ? {} : { thread_ts: message.thread };
    // An end is for those too who do not follow the thread.
    const broadcast =
      message.thread !== undefined && message.template === 'resolution' ? { reply_broadcast: true } : {};
    await commit();
    return post({
      url: `${bot.apiUrl ?? slackApi}/chat.postMessage`,
      headers: { ...headers, authorization: `Bearer ${token}` },
      body: JSON.stringify({
        channel: bot.room,
        ...content,
        metadata: { event_type: marked, event_payload: { id: message.notificationId } },
        ...thread,
        ...broadcast,
        unfurl_links: false,
        unfurl_media: false,
      }),
      ...common,
      accepted: apiOutcome,
    });
  }

  /** Looks into the incident's thread, where there is one by now, and into the conversation. */
  private async found(message: OutgoingMessage, bot: Bot): Promise<Word> {
    const nowMs = (this.settings.nowMs ?? Date.now)();
    const sinceMs = Date.parse(message.doubtfulSince ?? message.causedAt);
    const query = {
      channel: bot.room,
      oldest: String((sinceMs - clockSkewMs) / 1_000),
      limit: '200',
      include_all_metadata: 'true',
    };
    const places = [
      ...(message.thread === undefined
        ? []
        : [{ method: 'conversations.replies', query: { ...query, ts: message.thread } }]),
      { method: 'conversations.history', query },
    ];
    for (const place of places) {
      const written = await this.written(place, bot);
      if ('kind' in written) return written;
      const ts = written.messages.find(({ metadata }) => isMark(metadata, message))?.ts;
      if (ts !== undefined) return { kind: 'accepted', providerId: ts };
    }
    if (nowMs - sinceMs < settledAfterMs) return askAgain('the attempt may still be on its way');
    return { kind: 'retry', code: 'NOT_THERE', reason: 'slack has nothing of an earlier attempt' };
  }

  private async written(
    { method, query }: { readonly method: string; readonly query: Readonly<Record<string, string>> },
    bot: Bot,
  ): Promise<Word | { readonly messages: readonly SlackMessage[] }> {
    const { timeoutMs = 10_000 } = this.settings;
    try {
      const answer = await httpRequest({
        url: `${bot.apiUrl ?? slackApi}/${method}?${new URLSearchParams(query).toString()}`,
        headers: { authorization: `Bearer ${await bot.token()}` },
        timeoutMs,
      });
      const { ok, messages, error } = jsonOf(answer);
      if (ok === true && Array.isArray(messages)) return { messages: messages as readonly SlackMessage[] };
      const code = typeof error === 'string' ? error : `HTTP ${answer.status}`;
      const reason = `slack answered ${code} to a question`;
      const passes = ok === undefined || passing.has(code) || doubtful.has(code);
      return passes ? askAgain(reason) : { kind: 'unknown', reason };
    } catch (error) {
      return askAgain(`slack could not be asked: ${DrError.from(error).message}`);
    }
  }
}

function askAgain(reason: string): Word {
  return { kind: 'ask-again', afterMs: askAgainMs, reason };
}

interface SlackMessage {
  readonly ts?: string;
  readonly metadata?: { readonly event_type?: string; readonly event_payload?: { readonly id?: string } };
}

function isMark(metadata: SlackMessage['metadata'], { notificationId }: OutgoingMessage): boolean {
  return metadata?.event_type === marked && metadata.event_payload?.id === notificationId;
}

/** The Web API says 200 to everything, and `ok` in the body. */
function apiOutcome(answer: HttpAnswer): Outcome {
  const { ok, ts, error } = jsonOf(answer);
  if (ok === true && typeof ts === 'string') return { kind: 'accepted', providerId: ts };
  const code = typeof error === 'string' ? error : 'no_answer';
  const reason = `slack answered ${code}`;
  if (passing.has(code)) return { kind: 'retry', code: `SLACK_${code.toUpperCase()}`, reason };
  if (ok === undefined || doubtful.has(code)) return { kind: 'unknown', reason };
  return { kind: 'refused', code: `SLACK_${code.toUpperCase()}`, reason };
}
