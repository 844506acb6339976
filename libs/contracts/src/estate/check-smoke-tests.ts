import type { ProblemDetail } from '../errors/dr-error.js';
import type { Estate } from './estate.js';
import type { SmokeTest } from './failover-checks.js';

const needed = { sql: ['of', 'sql'], http: ['url'], command: ['command'] } as const;

/** Every smoke test has what its kind needs, and asks only what this file has and allows. */
export function smokeTestProblems({ databases, failover }: Estate): ProblemDetail[] {
  const tests = failover.smokeTests ?? [];
  return tests.flatMap((test, i) => {
    const path = `failover.smokeTests[${i}]`;
    const missing = needed[test.kind].filter((field) => test[field] === undefined);
    const twice = tests.findIndex(({ name }) => name === test.name) < i;
    return [
      ...missing.map((field) => ({ path, problem: `a smoke test of kind ${test.kind} needs ${field}` })),
      ...(twice ? [{ path: `${path}.name`, problem: `${test.name} stands here a second time` }] : []),
      ...(test.of === undefined || databases.some(({ name }) => name === test.of)
        ? []
        : [{ path: `${path}.of`, problem: `names database ${test.of}, which this file does not have` }]),
      ...forbidden(test, path, failover.allow),
    ];
  });
}

function forbidden({ command, url }: SmokeTest, path: string, allow: Estate['failover']['allow']): ProblemDetail[] {
  if (allow === undefined) return [];
  const [program] = command ?? [];
  const host = url === undefined ? undefined : hostOf(url);
  return [
    ...(program === undefined || allow.programs.includes(program)
      ? []
      : [{ path: `${path}.command`, problem: `runs ${program}, which failover.allow.programs does not name` }]),
    ...(host === undefined || allow.hosts.some((allowed) => allowed === host || host.startsWith(`${allowed}:`))
      ? []
      : [{ path: `${path}.url`, problem: `calls ${host}, which failover.allow.hosts does not name` }]),
  ];
}

/** A name with `{site}` in it is no URL yet, but its place for a host is. */
function hostOf(url: string): string {
  return /^https?:\/\/(?<host>[^/?#]+)/u.exec(url)?.groups?.['host'] ?? url;
}
