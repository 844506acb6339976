import { Injectable } from '@nestjs/common';
import { type Channel as ChannelSettings, type ChannelKind, DrError } from '@novacron/contracts';
import { JsonLogger, LoadedEstate, Secrets } from '@novacron/service';
import type { Answer } from './http.js';

/** What a provider signs with: a callback is signed, or it is nothing. */
@Injectable()
export class CallbackSecrets {
  constructor(
    private readonly loaded: LoadedEstate,
    private readonly secrets: Secrets,
    private readonly logger: JsonLogger,
  ) {}

  settings(channel: string): ChannelSettings | undefined {
    return this.loaded.estate.communication.channels.find(({ name }) => name === channel);
  }

  /** Undefined where the channel is of another kind, has none, or it cannot be read. */
  async of(
    channel: string,
    kinds: readonly ChannelKind[],
    field: 'signingSecret' | 'token',
  ): Promise<string | undefined> {
    const settings = this.settings(channel);
    const reference = settings === undefined || !kinds.includes(settings.kind) ? undefined : settings[field];
    if (reference === undefined) return undefined;
    try {
      return await this.secrets.read(reference);
    } catch (error) {
      this.logger.error('a callback cannot be checked', { channel, reason: DrError.from(error).message });
      return undefined;
    }
  }

  refuse(answer: Answer, channel: string): void {
    this.logger.warn('a callback without a valid signature was refused', { channel: channel.slice(0, 128) });
    answer.status(403).send('');
  }
}
