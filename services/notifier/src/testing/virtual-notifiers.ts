import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Module } from '@nestjs/common';
import { Bus, silentLogger } from '@novacron/bus';
import { eventually, type RunningNats, startNatsServer } from '@novacron/bus/testing';
import type { Message } from '@novacron/contracts';
import { JsonLogger, type RunningService, startService } from '@novacron/service';
import { notifierParts } from '../app.module.js';
import { Clock } from '../clock.js';
import { isSettled } from '../domain/send-order.js';
import { Notifier, type NotifierParts } from '../notifier.js';
import { type FakeProviders, startFakeProviders } from './fake-providers.js';
import { matrixEstateText, matrixSecrets, type MatrixPlaces } from './matrix-estate.js';
import { headerOf, startTestInbox, type TestInbox } from './test-inbox.js';

/** A clock that stands still until a test moves it; timers are compared with it twenty times a second. */
export class TestClock extends Clock {
  override readonly longestRestMs = 50;

  constructor(private ms: number) {
    super();
  }

  override nowMs(): number {
    return this.ms;
  }

  set(ms: number): void {
    this.ms = Math.max(this.ms, ms);
  }
}

const quietPolls = 3;
const pollMs = 60;

/** Notifiers on a real bus and real sockets, by a clock of the test's own. */
export class VirtualNotifiers {
  readonly services: RunningService[] = [];

  private constructor(
    readonly clock: TestClock,
    readonly nats: RunningNats,
    readonly inbox: TestInbox,
    readonly providers: FakeProviders,
    readonly folder: string,
    readonly bus: Bus,
  ) {}

  static async start(
    startMs: number,
    count = 1,
    places: Pick<MatrixPlaces, 'more' | 'change' | 'callbackUrl'> = {},
  ): Promise<VirtualNotifiers> {
    const clock = new TestClock(startMs);
    const nats = await startNatsServer();
    const inbox = await startTestInbox(() => clock.nowMs());
    const providers = await startFakeProviders(() => clock.nowMs());
    const folder = await mkdtemp(join(tmpdir(), 'dr-virtual-'));
    await mkdir(join(folder, 'secrets'));
    for (const [name, secret] of Object.entries({ ...matrixSecrets, 'routing-key': 'R1', token: 'T1' })) {
      await writeFile(join(folder, 'secrets', name), secret);
    }
    const text = await matrixEstateText({ smtpPort: inbox.smtpPort, providersUrl: providers.url, ...places });
    await writeFile(join(folder, 'estate.yaml'), text);
    const bus = await Bus.connect({
      url: nats.url,
      service: 'failover',
      instance: 'test',
      estate: 'novacron',
      logger: silentLogger,
    });
    const notifiers = new VirtualNotifiers(clock, nats, inbox, providers, folder, bus);
    for (let index = 0; index < count; index += 1) await notifiers.add();
    return notifiers;
  }

  async add(): Promise<RunningService> {
    const { clock, folder, nats } = this;
    const service = await startService({
      name: 'notifier',
      module: withClock(clock),
      environment: {
        DR_ESTATE: join(folder, 'estate.yaml'),
        DR_NATS_URL: nats.url,
        DR_SERVICE_INSTANCE: `n${this.services.length + 1}`,
      },
      logger: new JsonLogger({ level: 'error', write: () => {} }),
    });
    this.services.push(service);
    return service;
  }

  get parts(): NotifierParts {
    return this.services[0]?.app.get(Notifier).parts as NotifierParts;
  }

  async say(data: Message, correlationId: string, id: string): Promise<void> {
    await this.bus.publish(data, { correlationId, id, time: new Date(this.clock.nowMs()).toISOString() });
    await this.settle();
  }

  /** Moves the clock, and waits until everything that is due then is done. */
  async moveTo(ms: number): Promise<void> {
    this.clock.set(ms);
    await this.settle();
  }

  /** Until every instance has taken every event, no timer is due, and nothing is under way; and stays so for a while. */
  async settle(): Promise<void> {
    let quiet = 0;
    let before = '';
    await eventually(
      async () => {
        const now = await this.state();
        quiet = now !== undefined && now === before ? quiet + 1 : 0;
        before = now ?? '';
        return quiet >= quietPolls || undefined;
      },
      { timeoutMs: 150_000, pauseMs: pollMs, what: 'everything is settled' },
    );
  }

  /** What each reader was sent since the last call, as `<audience> <channel> <reader> <template>-<number>`, sorted. */
  sent(): string[] {
    const { inbox, providers } = this;
    const mails = inbox.mails.splice(0).map(({ raw }) => named(headerOf(raw, 'X-DR-Notification')));
    const others = providers.taken.splice(0).flatMap(({ provider, body }) => {
      if (provider === 'calls') return [named(new URL(String(body['StatusCallback'])).searchParams.get('n') ?? '')];
      if (provider === 'pagerduty') return [pagerDutyName(body)];
      if (provider === 'slack-hook') return [`slack: ${String(body['text']).slice(0, 30)}`];
      return provider === 'switch' ? [] : [`${provider}: ${JSON.stringify(body)}`];
    });
    const pages = [...this.parts.ledger.all()]
      .filter((row) => row.channel === 'status-page' && row.state === 'accepted' && !this.shown.has(row.notificationId))
      .map((row) => {
        this.shown.add(row.notificationId);
        return named(row.notificationId);
      });
    return [...mails, ...others, ...pages].toSorted();
  }

  private readonly shown = new Set<string>();

  async close(): Promise<void> {
    await this.inbox.close();
    await this.providers.close();
    for (const service of this.services) await service.stop();
    await this.bus.close();
    await this.nats.stop();
    await rm(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }

  private async state(): Promise<string | undefined> {
    const manager = await this.bus.jetstream.jetstreamManager();
    const { state } = await manager.streams.info('DR_EVENTS');
    const queue = await manager.streams.info('DR_NOTIFICATIONS', { subjects_filter: '>' });
    const work = Object.entries(queue.state.subjects ?? {}).filter(([subject]) => !subject.includes('.timer.'));
    if (work.some(([, count]) => count > 0)) return undefined;
    for (const service of this.services) {
      const { teller, ledger } = service.app.get(Notifier).parts;
      const nowMs = this.clock.nowMs();
      if (teller.wanted.some((timer) => timer.kind !== 'overdue' && timer.dueAtMs <= nowMs)) return undefined;
      if ([...ledger.all()].some((row) => !isSettled(row.state) && row.heldFor === undefined)) return undefined;
    }
    return `${state.last_seq}/${this.inbox.order.length}/${this.providers.asked.length}`;
  }
}

const incidentPrefix = /^SiteLost_primary_1_|^degradation-\d+_|^drill-\d+_/u;

function named(notificationId: string): string {
  const [audience, reader, channel, ...rest] = notificationId.replace(incidentPrefix, '').split('_');
  return `${audience} ${channel} ${reader} ${rest.join('_')}`;
}

function pagerDutyName(body: Record<string, unknown>): string {
  const key = String(body['dedup_key']).replace(/^dr\/[^/]+\//u, '');
  const payload = body['payload'] as { custom_details?: { notification?: string } } | undefined;
  const id = payload?.custom_details?.notification;
  return id === undefined ? `pagerduty ${String(body['event_action'])} ${key}` : named(id);
}

function withClock(clock: Clock) {
  @Module({ ...notifierParts, providers: [{ provide: Clock, useValue: clock }, ...notifierParts.providers] })
  class VirtualModule {}
  return VirtualModule;
}
