import { DrError } from '@novacron/contracts';
import type { Step } from '@novacron/operations';
import { checkCatalogs } from '../../adapters/catalog-check.js';
import { readOnlyQuery } from '../../adapters/read-only-query.js';
import { runningPort, scratchMember } from '../../adapters/scratch-database.js';
import { checkStructure } from '../../adapters/structure-check.js';
import { recoverAnew } from './recover.js';
import { manifestComponent, placeOf, type RestoreTools } from './restore-tools.js';
import { restoreResult, type RestoreParams, type RestoreResults } from './restore-params.js';

const queryTimeoutMs = 600_000;
const structureTimeoutMs = 6 * 3_600_000;

/**
 * Looks at what came back: the same system, out of recovery, every table and index sound, every catalog whole, and the answer to the query that was
 * asked. Where the server has died since, as with the machine, it is recovered again.
 */
export function verify(tools: RestoreTools): Step<RestoreParams, undefined, RestoreResults['verify']> {
  return {
    name: 'verify',
    title: 'look at the restored database',
    timeoutMs: structureTimeoutMs + queryTimeoutMs,
    attempts: 2,
    describe: ({ query }) => [`nothing; reads every block${query === undefined ? '' : ', and asks the query'}`],
    probe: () => Promise.resolve(undefined),
    run: async (context) => {
      const { params, operationId, signal } = context;
      const place = placeOf(tools, operationId);
      const login = await tools.sources.adminOf(params.component);
      const earlier = restoreResult(context, 'recover');
      const port = await runningPort(place);
      const recovered = port === undefined ? await recoverAnew(tools, context) : { ...earlier, port };
      const member = scratchMember(recovered.port, login);
      const status = await member.status({ signal, timeoutMs: 30_000 });
      const manifest = await manifestComponent(tools, params);
      if (status.inRecovery) throw new DrError('VERIFY_FAILED', 'the restored server is still in recovery');
      if (status.systemIdentifier !== manifest.systemId) {
        throw new DrError(
          'VERIFY_FAILED',
          `what was restored is system ${status.systemIdentifier}, not ${manifest.systemId}`,
          {
            retryable: false,
          },
        );
      }
      const structure = await checkStructure(member, { signal, timeoutMs: structureTimeoutMs });
      await checkCatalogs(member, { signal, timeoutMs: structureTimeoutMs });
      const answer = params.query === undefined ? {} : await readOnlyQuery(member, params.query, queryTimeoutMs);
      const heartbeat = await member.readHeartbeat({ signal });
      return {
        port: recovered.port,
        recoveredLsn: recovered.recoveredLsn,
        recoveredTo: recovered.lastCommitAt ?? manifest.completedAt,
        structure,
        ...answer,
        ...(heartbeat === undefined ? {} : { lastHeartbeatAt: heartbeat.at }),
        provedAt: new Date().toISOString(),
      };
    },
    verify: () => Promise.resolve(),
  };
}
