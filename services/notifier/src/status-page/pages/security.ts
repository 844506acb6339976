import { createHash } from 'node:crypto';
import { liveScript, timesScript } from './script.js';
import { liveStyle, style } from './style.js';

const hashOf = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

/** What a browser may do with the page: its own style, its own script, itself again, and the one form. */
const policy = [
  "default-src 'none'",
  `style-src ${hashOf(style)} ${hashOf(liveStyle)}`,
  `script-src ${hashOf(timesScript)} ${hashOf(liveScript)}`,
  "connect-src 'self'",
  'img-src data:',
  "base-uri 'none'",
];

const written = policy.join('; ');

/** For the page's own `meta` element, as a bucket sends no headers of ours. `formTarget` is an origin. */
export function pagePolicy(formTarget: string | undefined): string {
  return `${written}; form-action ${formTarget ?? "'none'"}`;
}

/** For the header of a page whose own element says the rest, which a page of another version may say otherwise. */
export const framePolicy = "frame-ancestors 'none'";

/** For the header of the notifier's own answers; `frame-ancestors` counts only there. */
export function headerPolicy(formTarget: string | undefined): string {
  return `${pagePolicy(formTarget)}; ${framePolicy}`;
}
