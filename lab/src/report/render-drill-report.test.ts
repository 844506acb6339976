import type { DrillReport } from './drill-report.js';
import { renderDrillReport } from './render-drill-report.js';
import { sampleReport, sampleTimeline } from './sample.fixture.js';

describe('the drill report', () => {
  it('says the verdict and the figures beside what was promised', () => {
    const page = renderDrillReport(sampleReport, sampleTimeline, [['Cores', '2']]);

    expect(page).toContain('<strong>Passed</strong>');
    expect(page).toContain('>3.2 s</div>');
    expect(page).toContain('less than 0.1 % of the 1 h promised');
    expect(page).toContain('of 3\u00A0214 that customers were told are safe');
    expect(page).toContain('<dt>Cores</dt><dd>2</dd>');
  });

  it('names what did not hold', () => {
    const phases = sampleReport.phases.map((phase) => ({ ...phase, passed: phase.name !== 'row-count' }));
    const failed: DrillReport = {
      ...sampleReport,
      passed: false,
      phases,
      rpo: { ...sampleReport.rpo, lostRows: 3 },
      failback: { durationMs: 0, splitBrain: true },
    };

    const page = renderDrillReport(failed, sampleTimeline);

    expect(page).toContain('<strong>Failed</strong>Did not hold: row count; two sites were writable at once.');
    expect(page).toContain('<div class="value missed">3</div>');
    expect(page).toContain('✕ seen');
  });

  it('is a page also when nothing was reached', () => {
    const empty: DrillReport = {
      passed: false,
      phases: [],
      rto: { targetMs: 3_600_000, measuredMs: 0 },
      rpo: { targetMs: 900_000, measuredMs: 0, acknowledgedRows: 0, lostRows: 0 },
      backup: { backupId: '', sizeBytes: 0, durationMs: 0, verified: false, restored: false },
      pitr: { targetTime: '', rowsExpected: 0, rowsFound: 0 },
      notifications: { planned: 0, delivered: 0, failed: 0 },
      failback: { durationMs: 0, splitBrain: false },
    };

    const page = renderDrillReport(empty, {
      startedAt: '2026-03-15T10:00:00Z',
      events: [],
      writes: [],
      notifications: [],
    });

    expect(page).toContain('<strong>Failed</strong>A figure was missed, or a phase was not reached.');
    expect(page).not.toMatch(/NaN|undefined|Infinity/u);
  });

  it('gathers what one audience got over one channel', () => {
    const at = '2026-03-15T10:00:33.000Z';
    const hook = { at, audience: 'technical', channel: 'hooks', subject: 'initial' };
    const page = renderDrillReport(sampleReport, {
      ...sampleTimeline,
      notifications: [hook, hook, { ...hook, channel: 'mail' }],
    });
    expect(page.match(/<td>technical<\/td>/gu)).toHaveLength(2);
    expect(page).toContain('<td>hooks <span class="times">× 2</span></td>');
  });

  it('takes no text for markup', () => {
    const hostile = '<img src=x onerror=alert(1)>"\'&';
    const phases = sampleReport.phases.map((phase) => ({ ...phase, name: hostile, detail: hostile }));
    const events = sampleTimeline.events.map((event) => ({ ...event, label: hostile }));
    const notifications = sampleTimeline.notifications.map((sent) => ({
      ...sent,
      audience: hostile,
      channel: hostile,
      subject: hostile,
    }));

    const page = renderDrillReport(
      { ...sampleReport, phases, backup: { ...sampleReport.backup, backupId: hostile } },
      { ...sampleTimeline, events, notifications },
      [[hostile, hostile]],
    );

    expect(page).not.toContain('<img');
    expect(page).toContain('&lt;img src=x onerror=alert(1)&gt;&quot;&#39;&amp;');
  });
});
