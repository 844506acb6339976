import { px } from './markup.js';

/** A span of time laid over a width of pixels. */
export interface TimeAxis {
  readonly fromMs: number;
  readonly toMs: number;
  readonly left: number;
  readonly width: number;
}

export function xOf(axis: TimeAxis, atMs: number): number {
  const share = (atMs - axis.fromMs) / Math.max(1, axis.toMs - axis.fromMs);
  return axis.left + Math.min(1, Math.max(0, share)) * axis.width;
}

const steps = [
  100, 250, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 30_000, 60_000, 120_000, 300_000, 600_000, 1_800_000,
];

/** Between two ticks: the smallest round step that gives at most nine of them. */
export function tickStep(spanMs: number): number {
  return steps.find((step) => spanMs / step <= 9) ?? Math.ceil(spanMs / 9 / 3_600_000) * 3_600_000;
}

/** Grid lines and their labels, counted in seconds from `zeroMs`. */
export function axisMarkup(axis: TimeAxis, zeroMs: number, top: number, bottom: number): string {
  const step = tickStep(axis.toMs - axis.fromMs);
  const parts: string[] = [];
  for (let tick = Math.ceil((axis.fromMs - zeroMs) / step) * step; zeroMs + tick <= axis.toMs; tick += step) {
    const x = px(xOf(axis, zeroMs + tick));
    parts.push(
      `<line class="grid" x1="${x}" x2="${x}" y1="${px(top)}" y2="${px(bottom)}"/>`,
      `<text class="tick" x="${x}" y="${px(bottom + 16)}" text-anchor="middle">${tickLabel(tick)}</text>`,
    );
  }
  return parts.join('');
}

function tickLabel(ms: number): string {
  const minus = ms < 0 ? '−' : '';
  const whole = Math.abs(ms);
  if (whole < 60_000) return `${minus}${whole / 1_000} s`;
  const seconds = Math.round((whole % 60_000) / 1_000);
  return `${minus}${Math.floor(whole / 60_000)}:${String(seconds).padStart(2, '0')}`;
}
