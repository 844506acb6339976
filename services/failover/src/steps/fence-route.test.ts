import { DrError } from '@novacron/contracts';
import type { BackendServer } from '@novacron/drivers';
import type { StepContext } from '@novacron/operations';
import type { FailoverTargets } from '../adapters/failover-targets.js';
import type { FailoverParams } from './failover-params.js';
import { fenceRoute } from './fence-route.js';

/** One instance of a load balancer, which does not answer so many times. */
interface Instance {
  readonly name: string;
  silentFor: number;
  state: string;
}

/** What a failover asks of instances, as far as it is needed to put servers back. */
class Instances {
  constructor(private readonly all: readonly Instance[]) {}

  get instances(): string[] {
    return this.all.map(({ name }) => name);
  }

  only(names: readonly string[]): Instances {
    return new Instances(this.all.filter(({ name }) => names.includes(name)));
  }

  whereHeard(): this {
    return this;
  }

  async servers(backend: string): Promise<unknown[]> {
    return this.heard().map(({ name, state }) => ({ endpoint: name, backend, server: 'primary', state }));
  }

  async restore(before: readonly BackendServer[]): Promise<void> {
    for (const instance of this.heard())
      instance.state = before.find(({ endpoint }) => endpoint === instance.name)?.state ?? instance.state;
  }

  /** @throws DrError where nobody answers. */
  private heard(): Instance[] {
    const heard = this.all.filter((instance) => (instance.silentFor -= 1) < 0);
    if (heard.length === 0) throw new DrError('UNREACHABLE', 'no instance answers');
    return heard;
  }
}

/** Two instances that have let go of the primary, put back while one of them is silent. */
async function undone(silentFor: number) {
  const instances = [
    { name: 'one', silentFor: 0, state: 'maint' },
    { name: 'other', silentFor, state: 'maint' },
  ];
  const backend = { balancer: 'router', backend: 'db', serverOf: new Map([['primary', 'primary']]) };
  const targets = { backends: [{ ...backend, runtime: new Instances(instances) }] } as unknown as FailoverTargets;
  const warned: unknown[] = [];
  const context = {
    params: { from: 'primary', mode: 'unplanned' },
    signal: AbortSignal.timeout(10_000),
    logger: { warn: (_message: string, fields: unknown) => void warned.push(fields) },
  } as unknown as StepContext<FailoverParams>;
  const captured = ['one', 'other'].map((endpoint) => ({ endpoint, backend: 'db', server: 'primary', state: 'ready' }));
  await fenceRoute(targets).undo?.(context, captured as unknown as BackendServer[]);
  return { states: instances.map(({ state }) => state), warned };
}

describe('the routes to a site, put back', () => {
  it('are put back on an instance that is silent for a moment, too', async () => {
    expect(await undone(3)).toEqual({ states: ['ready', 'ready'], warned: [] });
  });

  it('are put back on the others where one stays silent, which is named', async () => {
    expect(await undone(1_000)).toEqual({ states: ['ready', 'maint'], warned: [{ left: ['other'] }] });
  });
});
