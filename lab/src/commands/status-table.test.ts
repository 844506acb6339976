import type { LabStatus, SiteStatus } from '../control/lab-status.js';
import { statusTable } from './status-table.js';

const running = { state: 'running', detail: '' } as const;

const site = (name: string, own: Partial<SiteStatus> = {}): SiteStatus => ({
  site: name,
  power: 'on',
  network: 'normal',
  s3: running,
  ...own,
});

it('shows a site a line, and why a server is held', () => {
  const status: LabStatus = {
    active: 'secondary',
    sites: [
      site('primary', {
        postgres: { state: 'quarantined', detail: 'epoch 2 belongs to secondary' },
        redis: { state: 'dead', detail: '' },
        app: { state: 'dead', detail: 'without worker' },
      }),
      site('secondary', { postgres: { state: 'running', detail: 'primary' }, redis: running, app: running }),
      site('archive', { power: 'off' }),
    ],
    services: [
      { instance: 'failover', pid: 12 },
      { instance: 'backup', pid: null },
    ],
  };
  expect(statusTable(status).split('\n')).toEqual([
    'site         network      postgres     redis    s3       app',
    'primary      normal       quarantined  dead     running  dead (without worker)',
    'secondary *  normal       primary      running  running  running',
    'archive      powered off  –            –        running  –',
    'postgres of primary is held by the start guard: epoch 2 belongs to secondary',
    '',
    '* customers are sent to secondary',
    'services: 1 running, down: backup',
  ]);
});
