import type { EventContract, RequestContract } from '../messages/contract.js';
import { type ServiceName, serviceNames } from '../messages/service-name.js';
import { buckets, streams } from '../subjects/streams.js';
import { durableName, eventFilter, requestSubject } from '../subjects/subjects.js';
import type { GeneratedFile } from './schema-files.js';
import { type ServiceDuty, serviceDuties } from './service-duties.js';

/** What one user of NATS may do; everything else is refused by the server. */
export interface Rights {
  readonly publish: readonly string[];
  readonly subscribe: readonly string[];
}

const api = '$JS.API';
const bucketStreams = Object.values(buckets).map(({ name }) => `KV_${name}`);
const allStreams = [...Object.values(streams).map(({ name }) => name), ...bucketStreams];
/** The consumer that files the advisories, shared by all services. */
const advisories = `${streams.advisories.name}.dead-letters__max-deliveries`;

/** The rights of a service: made of what the registry says of it, and of its duties. Any estate, as one NATS may carry several. */
export function serviceRights(
  service: ServiceName,
  events: readonly EventContract[],
  requests: readonly RequestContract[],
): Rights {
  const duty = serviceDuties[service];
  const said = events.filter((contract) => contract.service === service).map((contract) => eventFilter('*', contract));
  const asked = requests
    .filter((contract) => duty.asks.includes(contract.class))
    .map((contract) => requestSubject('*', contract));
  const answered = requests
    .filter((contract) => contract.service === service)
    .map((contract) => requestSubject('*', contract));
  return {
    publish: [
      ...said,
      ...asked,
      ...duty.publishes,
      ...(duty.runsOperations ? ['dr.*.operation.*'] : []),
      // Of any service: an advisory is filed by whoever is given it.
      'dr.*.dead-letter.>',
      ...duty.writes,
      `$KV.${buckets.leases.name}.>`,
      ...(duty.runsOperations ? [`$KV.${buckets.state.name}.*.operations.>`] : []),
      ...provisioning,
      ...consuming(service, events),
      ...reading(duty),
    ],
    subscribe: [
      `_INBOX_${service}.>`,
      ...['PING', 'INFO', 'STATS'].flatMap((verb) => [
        `$SRV.${verb}`,
        `$SRV.${verb}.${service}`,
        `$SRV.${verb}.${service}.*`,
      ]),
      ...answered,
      ...duty.hears,
      ...(duty.runsOperations ? ['dr.*.operation.*'] : []),
    ],
  };
}

/** Every service makes what is missing when it starts, and changes what may be changed without loss; none may remove. */
const provisioning = [
  `${api}.INFO`,
  ...allStreams.flatMap((name) => ['INFO', 'CREATE', 'UPDATE'].map((verb) => `${api}.STREAM.${verb}.${name}`)),
  ...[streams.events.name, streams.advisories.name].flatMap((name) => [
    `${api}.CONSUMER.INFO.${name}.*`,
    `${api}.CONSUMER.CREATE.${name}.>`,
  ]),
];

/** Its own durable consumers and no other's: what another is given is not for it to take or to acknowledge. */
function consuming(service: ServiceName, events: readonly EventContract[]): string[] {
  const durables = events
    .filter((contract) => contract.consumers.includes(service))
    .map((contract) => `${streams.events.name}.${durableName(service, contract)}`);
  return [...durables, advisories].flatMap((name) => [`${api}.CONSUMER.MSG.NEXT.${name}`, `$JS.ACK.${name}.>`]);
}

function reading(duty: ServiceDuty): string[] {
  const own = [...duty.reads, ...(duty.runsOperations ? [streams.operations.name] : [])];
  const byHand = new Set([
    // What an advisory is about is read from where it stands, and goes from a work queue, where nobody is given it again.
    streams.events.name,
    streams.notifications.name,
    `KV_${buckets.leases.name}`,
    `KV_${buckets.epochs.name}`,
    `KV_${buckets.state.name}`,
    ...own,
  ]);
  return [
    ...[...byHand].map((name) => `${api}.STREAM.MSG.GET.${name}`),
    `${api}.STREAM.MSG.DELETE.${streams.notifications.name}`,
    ...own.flatMap((name) => [...consumersOf(name), `$JS.ACK.${name}.>`, `$JS.FC.${name}.>`]),
  ];
}

/** A consumer that is made for one reading has no name in the subject that makes it. */
function consumersOf(stream: string): string[] {
  return [
    `${api}.CONSUMER.CREATE.${stream}`,
    ...['CREATE', 'INFO', 'DELETE', 'MSG.NEXT'].map((verb) => `${api}.CONSUMER.${verb}.${stream}.>`),
  ];
}

/** People with the `nats` CLI and `npm run dead-letters`: they see everything, ask everything, and replay. */
const operator: Rights = {
  publish: [
    'dr.*.command.>',
    'dr.*.query.>',
    // A dead letter is replayed to where it came from.
    'dr.*.event.>',
    'dr.*.notification.>',
    '$SRV.>',
    `${api}.INFO`,
    `${api}.STREAM.NAMES`,
    `${api}.STREAM.LIST`,
    `${api}.STREAM.INFO.*`,
    `${api}.STREAM.MSG.GET.*`,
    `${api}.STREAM.MSG.DELETE.${streams.deadLetters.name}`,
    `${api}.DIRECT.GET.>`,
    ...['NAMES', 'LIST', 'INFO'].map((verb) => `${api}.CONSUMER.${verb}.>`),
    ...[streams.deadLetters.name, streams.events.name, streams.operations.name].flatMap(consumersOf),
    `$JS.ACK.${streams.deadLetters.name}.>`,
  ],
  subscribe: ['dr.>', '_INBOX.>', '_INBOX_operator.>', '_INBOX_dead-letters.>', '$JS.EVENT.ADVISORY.>'],
};

/** Beside a database: reads which site may be writable, keeps the leases by which it writes, and nothing else. */
const startGuard: Rights = {
  publish: [
    `${api}.INFO`,
    ...[buckets.epochs.name, buckets.state.name].flatMap((name) => [
      `${api}.STREAM.INFO.KV_${name}`,
      `${api}.STREAM.MSG.GET.KV_${name}`,
    ]),
    `$KV.${buckets.state.name}.*.failover.write-lease.>`,
  ],
  subscribe: ['_INBOX_start-guard.>'],
};

/** Every user of NATS, by name. */
export function allRights(
  events: readonly EventContract[],
  requests: readonly RequestContract[],
): Readonly<Record<string, Rights>> {
  const services = serviceNames.map((name): [string, Rights] => [name, serviceRights(name, events, requests)]);
  return { ...Object.fromEntries(services), operator, 'start-guard': startGuard };
}

/** The environment variable in which nats-server finds a user's password. */
export function passwordVariable(user: string): string {
  return `DR_NATS_PASSWORD_${user.toUpperCase().replaceAll('-', '_')}`;
}

export function natsPermissionsFile(
  events: readonly EventContract[],
  requests: readonly RequestContract[],
): GeneratedFile {
  const users = Object.entries(allRights(events, requests)).map(([user, rights]) => userBlock(user, rights));
  const lines = [
    '# Made by `npm run generate` from the contracts: change those, not this file.',
    '#',
    '# What each user may do; nats-server refuses everything else. In nats-server.conf: include "permissions.conf"',
    '# Passwords come from the environment of nats-server. One of digits alone is read as a number: begin it with a letter.',
    '# A service is given its own by DR_NATS_OPTIONS_FILE: {"user": "failover", "pass": "…"}',
    '',
    'authorization {',
    '  users: [',
    ...users,
    '  ]',
    '}',
  ];
  return { path: 'deploy/nats/permissions.conf', text: `${lines.join('\n')}\n` };
}

function userBlock(user: string, { publish, subscribe }: Rights): string {
  const list = (subjects: readonly string[]): string =>
    subjects.map((subject) => `            ${JSON.stringify(subject)}`).join('\n');
  return `    {
      user: ${JSON.stringify(user)}
      password: $${passwordVariable(user)}
      permissions: {
        publish: {
          allow: [
${list(publish)}
          ]
        }
        subscribe: {
          allow: [
${list(subscribe)}
          ]
        }
        # A reply goes to the inbox of whoever asked, wherever that is.
        allow_responses: { max: 1, expires: "5m" }
      }
    }`;
}
