import type { DrillReport } from './drill-report.js';
import { escaped } from './markup.js';
import { grouped, shortDuration } from './quantities.js';

/** The figures a reader looks for first, each beside what was promised. */
export function figuresMarkup({ rto, rpo, notifications }: DrillReport): string {
  return `<div class="figures">
${against('RTO: service away for', rto)}
${against('RPO: data lost', rpo)}
${plain(
  'Acknowledged rows lost',
  grouped(rpo.lostRows),
  rpo.lostRows === 0,
  `of ${grouped(rpo.acknowledgedRows)} that customers were told are safe`,
)}
${plain(
  'Notifications delivered',
  `${grouped(notifications.delivered)} of ${grouped(notifications.planned)}`,
  notifications.planned > 0 && notifications.delivered === notifications.planned,
  notifications.planned === 0
    ? 'nothing was counted'
    : notifications.failed === 0
      ? 'none failed'
      : `${grouped(notifications.failed)} failed`,
)}
</div>`;
}

function against(label: string, { measuredMs, targetMs }: { measuredMs: number; targetMs: number }): string {
  const met = measuredMs <= targetMs;
  const share = targetMs === 0 ? (met ? 0 : 100) : Math.min(100, (100 * measuredMs) / targetMs);
  return `<div class="figure"><div class="label">${escaped(label)}</div>
<div class="value ${met ? 'met' : 'missed'}">${shortDuration(measuredMs)}</div>
<div class="meter${met ? '' : ' missed'}" aria-hidden="true"><i style="width:${Math.round(share * 100) / 100}%"></i></div>
<div class="beside">${used(measuredMs, targetMs)}</div></div>`;
}

function used(measuredMs: number, targetMs: number): string {
  const target = shortDuration(targetMs);
  if (measuredMs > targetMs) return `${target} promised, missed by ${shortDuration(measuredMs - targetMs)}`;
  const percent = targetMs === 0 ? 0 : (100 * measuredMs) / targetMs;
  return `${percent === 0 ? '0' : percent < 0.1 ? 'less than 0.1' : String(Math.round(percent * 10) / 10)} % of the ${target} promised`;
}

function plain(label: string, value: string, met: boolean, beside: string): string {
  return `<div class="figure"><div class="label">${escaped(label)}</div>
<div class="value ${met ? 'met' : 'missed'}">${escaped(value)}</div><div class="beside">${escaped(beside)}</div></div>`;
}
