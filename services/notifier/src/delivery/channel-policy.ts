import { type Channel as ChannelSettings, type ChannelKind, durationMs } from '@novacron/contracts';
import { type RetryPolicy, standardRetry } from '../domain/retry.js';

/** How one channel is worked: its own pace, its own patience. */
export interface ChannelPolicy {
  readonly ratePerSecond: number;
  readonly concurrency: number;
  readonly retry: RetryPolicy;
}

/** What providers allow (research of 2026-08): Slack one a second and conversation, Twilio one call a second, PagerDuty 120 a minute. */
const defaultRates: Readonly<Record<ChannelKind, number>> = {
  email: 100,
  webhook: 2_000,
  slack: 1,
  teams: 4,
  pagerduty: 2,
  phone: 1,
  sms: 1,
  'status-page': 1_000,
  'account-manager': 100,
};

const defaultFallbackAfter = '2m';

/** A channel with a fallback has less patience: what it cannot send in time goes another way. */
export function policyOf(settings: ChannelSettings): ChannelPolicy {
  const { kind, fallback, fallbackAfter, ratePerSecond, concurrency } = settings;
  const giveUpMs = fallback === undefined ? standardRetry.giveUpMs : durationMs(fallbackAfter ?? defaultFallbackAfter);
  return {
    ratePerSecond: ratePerSecond ?? defaultRates[kind],
    concurrency: concurrency ?? 16,
    retry: { ...standardRetry, giveUpMs },
  };
}
