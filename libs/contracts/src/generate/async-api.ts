import type { EventContract, RequestContract } from '../messages/contract.js';
import { durableName } from '../subjects/subjects.js';
import { definitionsOf, type JsonSchema, schemaOf } from './json-schemas.js';
import { type GeneratedFile, json } from './schema-files.js';

/** The AsyncAPI 3 document of the bus: a channel an event or request, an operation a service that sends or receives there. */
export function asyncApiFile(events: readonly EventContract[], requests: readonly RequestContract[]): GeneratedFile {
  const document = {
    asyncapi: '3.0.0',
    info: {
      title: 'NovaCron DR',
      version: '1.0.0',
      description:
        'Events are CloudEvents 1.0 in binary mode, kept in the JetStream stream DR_EVENTS. Commands and queries are plain JSON over request and reply.',
    },
    defaultContentType: 'application/json',
    servers: {
      bus: { host: 'localhost:4222', protocol: 'nats', description: 'NATS with JetStream, 2.10.23 or newer' },
    },
    channels: Object.fromEntries([...events.map(eventChannel), ...requests.flatMap(requestChannels)]),
    operations: Object.fromEntries([...events.flatMap(eventOperations), ...requests.map(requestOperation)]),
    components: {
      schemas: schemas(events, requests),
      messageTraits: { CloudEvent: { headers: cloudEventHeaders } },
    },
  };
  return { path: 'docs/asyncapi.json', text: json(document) };
}

const text = { type: 'string' };
const cloudEventHeaders: JsonSchema = {
  type: 'object',
  required: ['ce-specversion', 'ce-id', 'ce-type', 'ce-source', 'ce-time', 'ce-subject'],
  properties: {
    'ce-specversion': { type: 'string', const: '1.0' },
    'ce-id': { ...text, description: 'also Nats-Msg-Id' },
    'ce-type': { ...text, description: 'io.novacron.dr.<EventName>.v<N>' },
    'ce-source': text,
    'ce-time': { ...text, format: 'date-time' },
    'ce-subject': { ...text, description: 'the entity the fact is about' },
    'ce-correlationid': { ...text, description: 'the incident or operation' },
    'ce-causationid': { ...text, description: 'the message that caused this one' },
    traceparent: { ...text, description: 'W3C trace context' },
    tracestate: { ...text, description: 'W3C trace context, handed on as it came' },
  },
};

const estateParameter = { estate: { description: "the estate's name" } };

function eventChannel(contract: EventContract): [string, object] {
  return [
    contract.name,
    {
      address: `dr.{estate}.event.${contract.service}.${contract.eventName}.{entity}`,
      description: contract.summary,
      parameters: { ...estateParameter, entity: { description: 'what the fact is about' } },
      messages: {
        [contract.name]: {
          name: contract.type,
          summary: contract.summary,
          contentType: 'application/json',
          traits: [{ $ref: '#/components/messageTraits/CloudEvent' }],
          payload: { $ref: `#/components/schemas/${contract.name}` },
        },
      },
      'x-jetstream': { stream: 'DR_EVENTS', ordered: contract.ordered },
    },
  ];
}

function eventOperations(contract: EventContract): [string, object][] {
  const channel = { $ref: `#/channels/${contract.name}` };
  const send: [string, object] = [`${contract.service}.publish.${contract.name}`, { action: 'send', channel }];
  const receive = contract.consumers.map((service): [string, object] => [
    `${service}.consume.${contract.name}`,
    { action: 'receive', channel, 'x-jetstream': { durable: durableName(service, contract) } },
  ]);
  return [send, ...receive];
}

function requestChannels(contract: RequestContract): [string, object][] {
  const { name, service, kind, verb, summary } = contract;
  return [
    [
      name,
      {
        address: `dr.{estate}.${kind}.${service}.${verb}`,
        description: summary,
        parameters: estateParameter,
        messages: {
          [name]: { name, contentType: 'application/json', payload: { $ref: `#/components/schemas/${name}` } },
        },
        bindings: { nats: { queue: 'q', bindingVersion: '0.1.0' } },
      },
    ],
    [
      `${name}.reply`,
      {
        address: null,
        messages: Object.fromEntries(
          replyNames(contract).map((reply) => [
            reply,
            { name: reply, contentType: 'application/json', payload: { $ref: `#/components/schemas/${reply}` } },
          ]),
        ),
      },
    ],
  ];
}

function requestOperation(contract: RequestContract): [string, object] {
  const { name, service, kind, verb } = contract;
  return [
    `${service}.${kind}.${verb}`,
    {
      action: 'receive',
      channel: { $ref: `#/channels/${name}` },
      reply: {
        address: { location: '$message.header#/reply' },
        channel: { $ref: `#/channels/${name}.reply` },
        messages: replyNames(contract).map((reply) => ({ $ref: `#/channels/${name}.reply/messages/${reply}` })),
      },
    },
  ];
}

function replyNames({ reply, dryRunReply }: RequestContract): string[] {
  return [reply, ...(dryRunReply === undefined ? [] : [dryRunReply])].map(({ name }) => name);
}

function schemas(events: readonly EventContract[], requests: readonly RequestContract[]): Record<string, unknown> {
  const names = new Set([
    ...events.map((contract) => contract.name),
    ...requests.flatMap((contract) => [contract.name, ...replyNames(contract)]),
  ]);
  const found: Record<string, unknown> = {};
  for (const name of names) {
    const schema = schemaOf(name);
    found[name] = moved(schema);
    for (const [other, definition] of Object.entries(definitionsOf(schema))) found[other] = moved(definition);
  }
  return Object.fromEntries(Object.entries(found).toSorted(([a], [b]) => a.localeCompare(b)));
}

/** Definitions live under components in AsyncAPI. */
function moved(schema: JsonSchema): unknown {
  return JSON.parse(JSON.stringify(schema).replaceAll('#/definitions/', '#/components/schemas/'));
}
