import { Bus, silentLogger } from '@novacron/bus';
import { type Accepted, DrError, StartFailover } from '@novacron/contracts';
import { pollUntil, replicationSource, slotName } from '@novacron/drivers';
import { EventLog } from '../drill/event-log.js';
import type { Lab } from '../lab.js';
import { type EstateMembers, estateMembers } from './estate-members.js';

const rejoinTimeoutMs = 60_000;
const moveTimeoutMs = 90_000;

/**
 * A lab whose primary is lost again and again: after each failover the lost site is rejoined and service moved home, so that the
 * next round begins as the first did. For measuring, and for tests that would otherwise build a lab for each case.
 */
export class Rounds {
  private constructor(
    readonly lab: Lab,
    readonly bus: Bus,
    readonly events: EventLog,
    readonly databases: EstateMembers,
  ) {}

  static async open(lab: Lab): Promise<Rounds> {
    const bus = await Bus.connect({
      url: lab.file().nats.url,
      service: 'rounds',
      instance: String(process.pid),
      estate: lab.estate.estate,
      logger: silentLogger,
    });
    return new Rounds(lab, bus, new EventLog(bus.connection, lab.estate.estate), await estateMembers(lab));
  }

  async close(): Promise<void> {
    this.events.close();
    await this.bus.close();
  }

  /** The site whose database takes writes. Throws VERIFY_FAILED unless there is exactly one. */
  async primary(): Promise<string> {
    const asked = [...this.databases.members.values()].map(async (member) => {
      const status = await member.status({ timeoutMs: 2_000 }).catch(() => undefined);
      return status?.inRecovery === false ? [member.name] : [];
    });
    const writable = (await Promise.all(asked)).flat();
    const [site] = writable;
    if (site === undefined || writable.length > 1)
      throw new DrError('VERIFY_FAILED', `these take writes: ${writable.join(', ') || 'none'}`);
    return site;
  }

  /** Makes a lost site a standby of the active one; commits wait for it where the estate knows synchronous replication. */
  async rejoin(lost: string, active: string): Promise<void> {
    const { database, context, on } = this.databases;
    const [old, primary] = [on(lost), on(active)];
    // Its database is held by the start guard, the rest of the site runs.
    await this.lab.revive(lost);
    // Unless it was a standby, which may start.
    await this.lab.stopComponent(lost, 'postgres');
    await primary.createReplicationSlot(slotName(lost));
    const source = { access: primary.options, replication: replicationSource(database, active, lost, context) };
    await old.rewindFrom(source).catch(() => old.rebuildFrom({ ...source, password: primary.options.password }));
    await old.start();
    const synchronous = database.links.some(({ mode }) => mode === 'synchronous');
    if (synchronous) await primary.setSynchronousStandbys([lost]);
    await this.until(`${lost} follows ${active}`, rejoinTimeoutMs, async () =>
      (await primary.replicationLinks()).some(
        ({ applicationName, state, syncState }) =>
          applicationName === lost && state === 'streaming' && (!synchronous || syncState === 'sync'),
      ),
    );
  }

  /** A planned move, through its end. Returns the operation's id. */
  async move(to: string): Promise<string> {
    const request = new StartFailover({ to, mode: 'planned', reason: 'round', by: 'rounds' });
    const { operationId } = await this.bus.request<Accepted>(request, { timeoutMs: 10_000 });
    await this.ended(operationId);
    return operationId;
  }

  /** Waits for the end of an operation. Throws VERIFY_FAILED when it did not complete. */
  async ended(operationId: string): Promise<void> {
    const mine = (event: { data: Readonly<Record<string, unknown>> }): boolean =>
      event.data['operationId'] === operationId;
    await this.events.waitFor('failover-completed', moveTimeoutMs, mine, ['failover-failed', 'failover-rolled-back']);
  }

  /** Every standby of the estate streams, and commits on `site` wait for the synchronous one: a round may begin. */
  async settled(site: string): Promise<void> {
    const { database, on } = this.databases;
    const synchronous = database.links.filter((link) => link.from === site && link.mode === 'synchronous');
    await this.until(`redundancy around ${site}`, rejoinTimeoutMs, async () => {
      const links = await on(site).replicationLinks();
      const confirmed = synchronous.every(({ to }) =>
        links.some(({ applicationName, syncState }) => applicationName === to && syncState === 'sync'),
      );
      const others = [...this.databases.members.values()].filter(({ name }) => name !== site);
      const streaming = await Promise.all(others.map(async (member) => (await member.status()).walReceiverStatus));
      return confirmed && streaming.every((status) => status === 'streaming');
    });
  }

  async until(what: string, timeoutMs: number, isTrue: () => Promise<boolean>): Promise<void> {
    await pollUntil(what, async () => (await isTrue().catch(() => false)) || undefined, { timeoutMs, everyMs: 100 });
  }
}
