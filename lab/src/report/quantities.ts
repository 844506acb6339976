/** `0 s`, `640 ms`, `4.2 s`, `1 min 32 s`, `4 h`: as short as a figure on a page may be. */
export function shortDuration(ms: number): string {
  if (ms === 0) return '0 s';
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${trimmed(ms / 1_000)} s`;
  if (ms < 3_600_000) return joined(ms, 60_000, 'min', 1_000, 's');
  return joined(ms, 3_600_000, 'h', 60_000, 'min');
}

function joined(ms: number, large: number, largeUnit: string, small: number, smallUnit: string): string {
  const rounded = Math.round(ms / small) * small;
  const rest = Math.round((rounded % large) / small);
  const whole = `${Math.floor(rounded / large)} ${largeUnit}`;
  return rest === 0 ? whole : `${whole} ${rest} ${smallUnit}`;
}

/** `512 B`, `1.4 MB`, in powers of 1000. */
export function shortBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1_000 && unit < units.length - 1) {
    value /= 1_000;
    unit += 1;
  }
  return `${trimmed(value)} ${units[unit] ?? ''}`;
}

/** `12 345`, with a space that does not break. */
export function grouped(count: number): string {
  return String(count).replaceAll(/\B(?=(?:\d{3})+$)/gu, '\u00A0');
}

/** `10:22:05.120`, UTC. */
export function clock(at: string, withMs = false): string {
  const iso = new Date(at).toISOString();
  return iso.slice(11, withMs ? 23 : 19);
}

function trimmed(value: number): string {
  return value >= 100 ? String(Math.round(value)) : String(Math.round(value * 10) / 10);
}
