import { DrError } from '@novacron/contracts';
import { type Lsn, parseLsn } from './lsn.js';

/** A stretch of a server's past: its WAL is on this timeline until `end` (exclusive); undefined for the newest. */
export interface TimelineStretch {
  readonly timeline: number;
  readonly end?: Lsn;
}

/**
 * The timelines that lead to one, oldest first, from its `.history` file: a line per ancestor, with the LSN at which it was
 * left.
 * @throws DrError CORRUPT_OBJECT when the text is no history file.
 */
export function parseTimelineHistory(timeline: number, text: string): TimelineStretch[] {
  const ancestors = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const found = /^(\d+)\s+([0-9A-F]+\/[0-9A-F]+)/iu.exec(line);
      if (found === null) throw new DrError('CORRUPT_OBJECT', `the history of timeline ${timeline} cannot be read`);
      return { timeline: Number(found[1]), end: parseLsn(found[2] ?? '') };
    });
  return [...ancestors, { timeline }];
}
