import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { durationMs } from './duration.js';
import { type Estate } from './estate.js';
import { parseEstate } from './parse-estate.js';

/** The figures of the runbook this product replaces: what the example says must stay what teams were promised. */
const { estate, problems } = parseEstate(
  readFileSync(join(import.meta.dirname, '../../../../docs/examples/novacron.estate.yaml'), 'utf8'),
);

function reference(): Estate {
  if (estate === undefined) throw new Error(`the reference estate is wrong: ${JSON.stringify(problems)}`);
  return estate;
}

describe('the reference estate', () => {
  it('is taken whole', () => {
    expect(problems).toEqual([]);
  });

  it('promises each tier what it was promised', () => {
    const { overall, tiers } = reference().objectives;
    expect(overall).toMatchObject({ rpo: '1h', rto: '4h', reviewed: 'quarterly' });
    const rows = tiers.map((tier) =>
      [tier.name, tier.rpo, tier.backup, tier.replication, tier.rto, tier.automation, tier.validation].join(' '),
    );
    expect(rows).toEqual([
      'critical 15m continuous synchronous 1h full automated',
      'essential 1h 15m asynchronous 4h partial semi-automated',
      'standard 4h 1h scheduled 24h minimal manual',
    ]);
    expect(tiers.map((tier) => tier.services)).toEqual([
      ['payment_processing', 'user_authentication', 'core_scheduling'],
      ['api_gateway', 'worker_pool', 'message_queue'],
      ['reporting', 'analytics', 'batch_processing'],
    ]);
  });

  it('estimates each disaster, and the parts of an estimate add up to its total', () => {
    const estimates = reference().objectives.estimates ?? [];
    expect(estimates.map(({ scenario, total }) => `${scenario} ${total}`)).toEqual([
      'database_failure 1h',
      'regional_outage 1.2h',
      'cyber_attack 3.25h',
      'data_corruption 2.5h',
      'complete_disaster 3.9h',
    ]);
    for (const { detection, decision, execution, validation, total } of estimates) {
      const parts = [detection, decision, execution, validation].map(durationMs).reduce((sum, part) => sum + part, 0);
      // The totals were rounded to tenths of an hour.
      expect(Math.abs(parts - durationMs(total))).toBeLessThanOrEqual(durationMs('10m'));
    }
  });

  it('has the four sites, and a chain of copies between them', () => {
    const { sites, databases, objectStorage } = reference();
    expect(sites.map(({ name, role, region, capacity, network }) => [name, role, region, capacity, network])).toEqual([
      ['primary', 'production', 'us-east-1', '100 %', '10 Gbps'],
      ['secondary', 'hot-standby', 'us-west-2', '100 %', '10 Gbps'],
      ['dr', 'cold-standby', 'eu-west-1', '50 %', '5 Gbps'],
      ['archive', 'archive', undefined, 'unlimited', undefined],
    ]);
    expect(databases[0]?.links.map(({ from, to, mode }) => `${from} ${to} ${mode}`)).toEqual([
      'primary secondary synchronous',
      'secondary dr asynchronous',
    ]);
    expect(databases[0]?.managed).toMatchObject({ replica: 'novacron-dr-replica', backupRetention: '7d' });
    expect(objectStorage?.[0]?.links.map(({ from, to }) => `${from} ${to}`)).toEqual([
      'primary secondary',
      'secondary dr',
    ]);
  });

  it('keeps backups in both buckets', () => {
    expect(reference().repository.stores.map(({ role, bucket, storageClass }) => [role, bucket, storageClass])).toEqual(
      [
        ['primary', 'novacron-backups', 'STANDARD_IA'],
        ['replica', 'novacron-dr-backups', 'GLACIER_IR'],
      ],
    );
  });

  it('decides as the runbook does', () => {
    const { health, failover } = reference();
    expect([health.interval, health.rules.failures, health.slowAfter]).toEqual(['10s', 3, '5s']);
    expect([failover.threshold, failover.promoteTimeout, failover.order]).toEqual([
      0.8,
      '5m',
      ['primary', 'secondary', 'dr'],
    ]);
    expect(failover.rules.map(({ when, confidence }) => [when.join('+'), confidence])).toEqual([
      ['database-down+api-down+workers-down', 0.95],
      ['database-down', 0.9],
      ['network-partition', 0.85],
      ['slow-response', 0.7],
    ]);
  });

  it('brings service home in five phases of seventeen hours', () => {
    const { restoration } = reference();
    const phases = restoration?.phases ?? [];
    expect(phases.map(({ phase, planned }) => `${phase} ${planned}`)).toEqual([
      'assessment 2h',
      'preparation 4h',
      'synchronization 6h',
      'service-restoration 3h',
      'cutback 2h',
    ]);
    expect(phases.reduce((sum, { planned }) => sum + durationMs(planned), 0)).toBe(durationMs('17h'));
    expect(restoration).toMatchObject({ watch: '5m', watchEvery: '10s', maxErrorRate: 0.01, maxMeanResponse: '500ms' });
    expect(restoration?.synchronization).toMatchObject({
      publication: 'restore_pub',
      slot: 'restore_slot',
      subscription: 'restore_sub',
      plugin: 'pgoutput',
      lagBelowBytes: 1,
    });
  });

  it('has a runbook for each of the eight scenarios', () => {
    expect(reference().runbooks?.map(({ scenario }) => scenario)).toEqual([
      'datacenter_failure',
      'regional_outage',
      'ransomware_attack',
      'data_corruption',
      'natural_disaster',
      'pandemic_response',
      'cyber_attack',
      'supply_chain_failure',
    ]);
  });

  it('tells each audience by its channels and in its rhythm', () => {
    const rows = reference().communication.audiences.map((audience) =>
      [
        audience.name,
        audience.channels.join('+'),
        audience.updateEvery,
        audience.startAfter,
        audience.escalateAfter,
      ].join(' '),
    );
    expect(rows).toEqual([
      'executives phone 1h 0s 0s',
      'technical pagerduty 30m 0s 5m',
      'customer-success mail+slack 1h 0s 15m',
      'customers-tier-1 mail+phone+account-manager 30m 0s ',
      'customers-tier-2 mail+status-page 1h 15m ',
      'customers-tier-3 status-page 2h 30m ',
    ]);
    expect(reference().communication.hotline).toBe('+1-555-DR-HELP (374357)');
    expect(reference().communication.statusPage.publicUrl).toBe('https://status.novacron.io');
    expect(new Set(reference().communication.templates.map(({ name }) => name))).toEqual(
      new Set(['initial', 'progress', 'resolution']),
    );
  });

  it('drills by the calendar, at ten', () => {
    expect(reference().drills?.map(({ type, cron }) => `${cron} ${type}`)).toEqual([
      '0 10 15 3 * partial',
      '0 10 15 6 * partial',
      '0 10 15 9 * partial',
      '0 10 15 12 * full',
      '0 10 5 * * tabletop',
    ]);
  });

  it('knows whom to call, and on which second number', () => {
    const called = reference().contacts.filter((contact) => contact.phone !== undefined);
    expect(called.map(({ name, phone, backupPhone, email }) => [name, phone, backupPhone, email].join(' '))).toEqual([
      'John Smith +1-555-0100 +1-555-0101 dr-lead@novacron.io',
      'Jane Doe +1-555-0102 +1-555-0103 infra-lead@novacron.io',
      'Bob Johnson +1-555-0104 +1-555-0105 db-lead@novacron.io',
      'Alice Brown +1-555-0106 +1-555-0107 security-lead@novacron.io',
      'Tom Wilson +1-555-0108 +1-555-0109 comms@novacron.io',
    ]);
  });
});
