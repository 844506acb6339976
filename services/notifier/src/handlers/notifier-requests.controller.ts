import { Controller } from '@nestjs/common';
import { Ctx, MessagePattern, Payload } from '@nestjs/microservices';
import { currentAmbient, MessageContext } from '@novacron/bus';
import {
  DeliveryList,
  Done,
  DrError,
  QueryDeliveries,
  QueryStatusPage,
  Report,
  SendNotification,
} from '@novacron/contracts';
import { LoadedEstate } from '@novacron/service';
import { placeholderTexts } from '../domain/placeholder-texts.js';
import { toDelivery } from '../ledger/ledger-entry.js';
import { Notifier } from '../notifier.js';
import { summaryJson } from '../status-page/status-json.js';
import { givenValues } from '../templates/given-values.js';
import type { PlaceholderTexts } from '../templates/placeholders.js';

@Controller()
export class NotifierRequests {
  constructor(
    private readonly notifier: Notifier,
    private readonly loaded: LoadedEstate,
  ) {}

  /** Sends a template by hand. What the incident knows fills the placeholders; given values go before. */
  @MessagePattern(SendNotification)
  async send(@Payload() request: SendNotification, @Ctx() context: MessageContext): Promise<Done> {
    const { audiences } = this.loaded.estate.communication;
    const audience = audiences.find((one) => one.name === request.audience);
    if (audience === undefined) {
      throw new DrError('NOT_FOUND', `there is no audience ${request.audience}`, {
        hint: `use one of ${audiences.map((one) => one.name).join(', ')}`,
      });
    }
    const { incident, template } = request;
    const { planner, history } = this.notifier.parts;
    const at = new Date().toISOString();
    const texts = { ...this.known(request, at), ...givenValues(request.values ?? {}) };
    const planned = await planner.planByHand({ incident, template, audience }, texts, {
      batch: history.sequence,
      at,
      correlationId: incident,
      causationId: currentAmbient()?.causationId ?? `${context.correlationId}:${at}`,
      byHand: true,
    });
    return new Done({ status: 'done', message: `${planned} notifications planned for ${audience.title}` });
  }

  @MessagePattern(QueryDeliveries)
  deliveries({ incident, state }: QueryDeliveries): DeliveryList {
    const deliveries = [...this.notifier.parts.ledger.all()]
      .filter(
        (entry) =>
          (incident === undefined || entry.incident === incident) && (state === undefined || entry.state === state),
      )
      .toSorted((a, b) => a.batch - b.batch || a.rank - b.rank || a.notificationId.localeCompare(b.notificationId))
      .map(toDelivery);
    return new DeliveryList({ deliveries });
  }

  @MessagePattern(QueryStatusPage)
  statusPage(): Report {
    const { snapshot } = this.notifier.parts.page.current;
    return new Report({ at: snapshot.generatedAt, report: summaryJson(snapshot) });
  }

  private known(request: SendNotification, at: string): PlaceholderTexts {
    const { estate } = this.loaded;
    const incident = this.notifier.incidents.incidents.find((one) => one.id === request.incident);
    const audience = estate.communication.audiences.find((one) => one.name === request.audience);
    if (incident === undefined || audience === undefined) return {};
    const notice = {
      incident,
      template: 'progress',
      number: incident.updates + 1,
      status: incident.current,
      at,
    } as const;
    return placeholderTexts(notice, audience, estate);
  }
}
