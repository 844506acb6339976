import type { Outcome } from '../../domain/retry.js';
import type { Channel, OutgoingMessage } from '../channel.js';
import { post } from '../http/post.js';

export interface TeamsSettings {
  readonly name: string;
  readonly url: () => Promise<string>;
  readonly timeoutMs?: number;
  readonly nowMs?: () => number;
}

/** An Adaptive Card to a Microsoft Teams workflow. It has no key by which a repeated message is recognised. */
export class TeamsChannel implements Channel {
  readonly name: string;
  readonly kind = 'teams';
  readonly repeatable = false;

  constructor(private readonly settings: TeamsSettings) {
    this.name = settings.name;
  }

  async send(message: OutgoingMessage, commit: () => Promise<void>): Promise<Outcome> {
    const { url, timeoutMs = 10_000 } = this.settings;
    const nowMs = (this.settings.nowMs ?? Date.now)();
    const target = await url();
    await commit();
    return post({
      url: target,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(teamsCard(message)),
      timeoutMs,
      nowMs,
      repeatable: this.repeatable,
    });
  }
}

/** One text block a paragraph: Teams joins the lines of a block. */
export function teamsCard({ subject, text }: Pick<OutgoingMessage, 'subject' | 'text'>): object {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return {
    type: 'message',
    attachments: [
      {
        contentType: 'application/vnd.microsoft.card.adaptive',
        content: {
          $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
          type: 'AdaptiveCard',
          version: '1.4',
          body: [
            { type: 'TextBlock', size: 'Medium', weight: 'Bolder', text: subject, wrap: true },
            ...lines.map((line) => ({ type: 'TextBlock', text: line, wrap: true })),
          ],
        },
      },
    ],
  };
}
