import type { HttpAnswer } from '@novacron/drivers';
import type { Outcome } from '../../domain/retry.js';
import type { Channel, OutgoingMessage } from '../channel.js';
import { jsonOf, post } from '../http/post.js';
import { slackBlocks } from './slack-blocks.js';

export interface SlackSettings {
  readonly name: string;
  /** An incoming webhook: it can only add a message. */
  readonly webhookUrl?: () => Promise<string>;
  /** A bot's token: messages of an incident form a thread, and carry a button that acknowledges. */
  readonly bot?: { readonly token: () => Promise<string>; readonly room: string; readonly apiUrl?: string };
  readonly timeoutMs?: number;
  readonly nowMs?: () => number;
}

/** Errors of the Web API that pass (docs.slack.dev, `chat.postMessage`); all others will be the same next time. */
const passing = new Set(['ratelimited', 'rate_limited', 'service_unavailable']);
/** Errors after which the message may be there all the same. */
const doubtful = new Set(['internal_error', 'fatal_error', 'request_timeout']);

/** A message to a Slack conversation. Slack has no key by which it recognises a repeated one. */
export class SlackChannel implements Channel {
  readonly name: string;
  readonly kind = 'slack';
  readonly repeatable = false;

  constructor(private readonly settings: SlackSettings) {
    this.name = settings.name;
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
      url: `${bot.apiUrl ?? 'https://slack.com/api'}/chat.postMessage`,
      headers: { ...headers, authorization: `Bearer ${token}` },
      body: JSON.stringify({
        channel: bot.room,
        ...content,
        ...thread,
        ...broadcast,
        unfurl_links: false,
        unfurl_media: false,
      }),
      ...common,
      accepted: apiOutcome,
    });
  }
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
