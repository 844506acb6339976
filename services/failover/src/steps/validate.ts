import { type Database, DrError, type LoadBalancer } from '@novacron/contracts';
import { databasesBehind, routedDatabases, unroutedDatabases } from '@novacron/drivers';
import type { Step } from '@novacron/operations';
import type { FailoverTargets } from '../adapters/failover-targets.js';
import { assertAlone, frontDoors, primarySites, writeThrough } from '../adapters/outside-look.js';
import { openDoors } from '../adapters/routes.js';
import { assertPassed, runSmokeTests, type SmokeOutcome } from '../adapters/smoke-tests.js';
import { smokeBudgetMs, smokePlan, smokeWords } from '../domain/validation/smoke-plan.js';
import { databasesByHand, doorsByHand } from '../adapters/by-hand.js';
import type { FailoverParams } from './failover-params.js';
import { resultOf, silentBalancers, smokeSite, targetOf } from './results.js';
import { keepRoute } from './switch-route.js';

/** What was seen from outside, as a customer would see it. */
interface Validation {
  readonly writesThrough: readonly string[];
  readonly httpStatus: readonly number[];
  readonly writable: readonly string[];
  readonly smokeTests: readonly SmokeOutcome[];
}

function lookWords(balancer: LoadBalancer, databases: readonly Database[]): string[] {
  const { name, httpUrl } = balancer;
  return [
    ...databasesBehind(balancer, databases).map((database) => `${name}: one write to ${database} through it`),
    ...(httpUrl === undefined ? [] : [`${name}: one request to ${httpUrl}`]),
  ];
}

const lookTimeoutMs = 1_500;
const answerTimeoutMs = 10_000;

/**
 * Done is what was seen from outside, once a load balancer that was reloaded meanwhile was told again: a write to every database that a router leads to
 * arrives on the new primary in the new epoch, the front door answers, and no second member takes writes.
 */
export function validate(targets: FailoverTargets): Step<FailoverParams, undefined, Validation> {
  return {
    name: 'validate',
    title: 'look at everything from outside',
    timeoutMs: 30_000 + smokeBudgetMs(targets.estate.failover.smokeTests),
    attempts: 3,
    describe: ({ mode }) => [
      ...targets.balancers.flatMap((balancer) => lookWords(balancer, targets.estate.databases)),
      ...unroutedDatabases(targets.balancers, targets.estate.databases).map(
        (name) =>
          `database ${name}: nothing is written through a load balancer; name it in databases of the one that leads to it`,
      ),
      ...smokeWords(smokePlan(targets.estate.failover.smokeTests ?? [], mode).after),
    ],
    probe: () => Promise.resolve(undefined),
    run: async (context) => {
      const { epoch } = resultOf(context, 'advance-epoch');
      const { signal } = context;
      await keepRoute(targets, context);
      const balancers = openDoors(targets, silentBalancers(context));
      const writesThrough = await Promise.all(
        routedDatabases(balancers, targets.databases).map(({ member }) => writeThrough(member, epoch, signal)),
      );
      const httpStatus = await frontDoors(balancers, { timeoutMs: answerTimeoutMs, signal });
      const writable = await primarySites(targets, lookTimeoutMs);
      assertAlone(writable, targetOf(context));
      const { after } = smokePlan(targets.estate.failover.smokeTests ?? [], context.params.mode);
      const smokeTests = await runSmokeTests(targets, after, smokeSite(context), signal);
      assertPassed(smokeTests, 'service runs on the new site and is not undone: mend what the test asks for');
      return { writesThrough, httpStatus, writable, smokeTests };
    },
    byHand: () => [...databasesByHand(targets, 'select pg_is_in_recovery()'), ...doorsByHand(targets)],
    verify: async (context) => {
      const writable = await primarySites(targets, lookTimeoutMs);
      if (!writable.includes(targetOf(context)))
        throw new DrError('VERIFY_FAILED', `${targetOf(context)} does not take writes`);
    },
  };
}
