import type { ProblemDetail } from '../errors/dr-error.js';
import type { Webhook } from './actions.js';
import type { Estate } from './estate.js';

/** One way of acting on the estate: the commands it needs together, or a webhook in their place. */
interface Action {
  readonly path: string;
  readonly commands: Readonly<Record<string, readonly string[] | undefined>>;
  readonly webhook: Webhook | undefined;
}

/** Every action is whole, and none runs or calls what the allow-list does not name. */
export function checkActions(estate: Estate): ProblemDetail[] {
  return actionsOf(estate).flatMap((action) => [...incomplete(action), ...forbidden(action, estate)]);
}

function actionsOf(estate: Estate): Action[] {
  const controls = (['databases', 'caches'] as const).flatMap((group) =>
    (estate[group] ?? []).flatMap(({ members }, i) =>
      members.flatMap(({ control }, m): Action[] => {
        if (control === undefined) return [];
        const { start, stop, status, webhook } = control;
        return [{ path: `${group}[${i}].members[${m}].control`, commands: { start, stop, status }, webhook }];
      }),
    ),
  );
  const fences = estate.failover.fences.map(({ powerOff, powerStatus, webhook }, i): Action => {
    return { path: `failover.fences[${i}]`, commands: { powerOff, powerStatus }, webhook };
  });
  const applications = (estate.failover.applications ?? []).map(({ activate, deactivate, webhook }, i): Action => {
    return { path: `failover.applications[${i}]`, commands: { activate, deactivate }, webhook };
  });
  const endpoints = (estate.routing.endpoints ?? []).map(({ command, webhook }, i): Action => {
    return { path: `routing.endpoints[${i}]`, commands: { command }, webhook };
  });
  return [...controls, ...fences, ...applications, ...endpoints];
}

/** A power switch may be absent, and what cannot be read back is none; everything else needs one way or the other. */
function incomplete({ path, commands, webhook }: Action): ProblemDetail[] {
  const names = Object.keys(commands);
  const given = names.filter((name) => commands[name] !== undefined);
  if (webhook !== undefined) {
    return given.length === 0
      ? []
      : [{ path, problem: `has a webhook and ${given.join(' and ')}: which of them counts?` }];
  }
  const optional = path.startsWith('failover.fences');
  if (given.length === names.length || (optional && given.length === 0)) return [];
  return [{ path, problem: `needs ${names.join(' and ')}, or a webhook in their place` }];
}

function forbidden({ path, commands, webhook }: Action, estate: Estate): ProblemDetail[] {
  const { allow } = estate.failover;
  if (allow === undefined) return [];
  const programs = Object.entries(commands).flatMap(([name, [program = ''] = []]) =>
    program === '' || allow.programs.includes(program)
      ? []
      : [{ path: `${path}.${name}`, problem: `runs ${program}, which failover.allow.programs does not name` }],
  );
  const host = webhook === undefined ? undefined : hostOf(webhook.url);
  if (host === undefined || allow.hosts.some((allowed) => allowed === host || host.startsWith(`${allowed}:`)))
    return programs;
  return [
    ...programs,
    { path: `${path}.webhook.url`, problem: `calls ${host}, which failover.allow.hosts does not name` },
  ];
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : url;
}
