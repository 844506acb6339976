import type { PublicMaintenance, StatusFacts } from '../facts/status-facts.js';
import type { Language } from '../languages/language.js';
import { componentTitles } from '../pages/wording.js';

/** Planned maintenance as a calendar (RFC 5545); a change has a greater SEQUENCE, a cancelled one stays and says so. */
export function maintenanceCalendar(facts: StatusFacts, language: Language): string {
  const lines = [
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'PRODID:-//NovaCron DR//status page//EN',
    'CALSCALE:GREGORIAN',
    'METHOD:PUBLISH',
    `X-WR-CALNAME:${escaped(facts.title)}`,
    'REFRESH-INTERVAL;VALUE=DURATION:PT1H',
    ...facts.maintenance.flatMap((one) => eventLines(one, facts, language)),
    'END:VCALENDAR',
  ];
  return lines.map((line) => `${folded(line)}\r\n`).join('');
}

function eventLines(maintenance: PublicMaintenance, facts: StatusFacts, language: Language): readonly string[] {
  const { id, title, text, from, until, changedAt, cancelled, revision } = maintenance;
  const titles = componentTitles(maintenance, facts);
  return [
    'BEGIN:VEVENT',
    `UID:${id}@${facts.estate}.status`,
    `SEQUENCE:${revision}`,
    `DTSTAMP:${stamp(changedAt)}`,
    `DTSTART:${stamp(from)}`,
    `DTEND:${stamp(until)}`,
    `SUMMARY:${escaped(language.say('calendar.title', { title }))}`,
    `DESCRIPTION:${escaped([text.trim(), ...(titles.length === 0 ? [] : [language.names(titles)])].join('\n\n'))}`,
    `STATUS:${cancelled ? 'CANCELLED' : 'CONFIRMED'}`,
    'TRANSP:TRANSPARENT',
    ...(facts.publicUrl === undefined ? [] : [`URL:${facts.publicUrl}`]),
    'END:VEVENT',
  ];
}

function stamp(at: string): string {
  return `${new Date(at).toISOString().slice(0, 19).replaceAll(/[-:]/gu, '')}Z`;
}

function escaped(text: string): string {
  return text.replaceAll(/[\\;,]/gu, String.raw`\$&`).replaceAll(/\r?\n/gu, String.raw`\n`);
}

/** No line is longer than 75 octets; a character is never cut. */
function folded(line: string): string {
  const parts: string[] = [];
  let part = '';
  let size = 0;
  for (const character of line) {
    const bytes = Buffer.byteLength(character);
    if (size + bytes > 75) {
      parts.push(part);
      part = ' ';
      size = 1;
    }
    part += character;
    size += bytes;
  }
  return [...parts, part].join('\r\n');
}
