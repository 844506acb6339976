import { DrError } from '@novacron/contracts';
import type { DeadLetter, DeadLetters } from './dead-letters.js';

export const usage = 'usage: npm run dead-letters -- list | show SEQUENCE | replay SEQUENCE | replay all';

/**
 * One run of the command line: what to print.
 * @throws DrError INVALID_CONFIG for what is none of its verbs.
 */
export async function runCommand(deadLetters: DeadLetters, [verb = '', argument]: readonly string[]): Promise<string> {
  switch (verb) {
    case 'list':
      return listing(await deadLetters.list());
    case 'show':
      return shown(await deadLetters.show(sequenceOf(argument)));
    case 'replay':
      return argument === 'all' ? replayAll(deadLetters) : replayOne(deadLetters, sequenceOf(argument));
    default:
      throw new DrError('INVALID_CONFIG', `no such verb: ${verb}`, { hint: usage });
  }
}

async function replayOne(deadLetters: DeadLetters, sequence: number): Promise<string> {
  const { sequence: stored } = await deadLetters.replay(sequence);
  return `dead letter ${sequence} is message ${stored} now`;
}

async function replayAll(deadLetters: DeadLetters): Promise<string> {
  const letters = (await deadLetters.list(Number.MAX_SAFE_INTEGER)).toReversed();
  const lines: string[] = [];
  for (const letter of letters) lines.push(await replayOne(deadLetters, letter.sequence));
  return lines.length === 0 ? 'no dead letters' : lines.join('\n');
}

function sequenceOf(argument: string | undefined): number {
  const sequence = Number(argument);
  if (Number.isSafeInteger(sequence) && sequence > 0) return sequence;
  throw new DrError('INVALID_CONFIG', `not the number of a dead letter: ${argument ?? ''}`, { hint: usage });
}

function listing(letters: readonly DeadLetter[]): string {
  if (letters.length === 0) return 'no dead letters';
  const header = ['SEQUENCE', 'FAILED AT', 'CONSUMER', 'CODE', 'TRIES', 'REASON'];
  const rows = letters.map((one) => [
    String(one.sequence),
    one.failedAt,
    one.consumer,
    one.code,
    String(one.deliveries),
    printable(one.reason),
  ]);
  const widths = header.map((_, column) => Math.max(...[header, ...rows].map((row) => row[column]?.length ?? 0)));
  return [header, ...rows]
    .map((row) =>
      row.map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(widths[column] ?? 0))).join('  '),
    )
    .join('\n');
}

function shown({ letter, headers, body }: Awaited<ReturnType<DeadLetters['show']>>): string {
  const attributes = Object.entries(letter).map(([name, value]) => `${name}: ${printable(String(value))}`);
  const others = [...headers]
    .filter(([name]) => !name.startsWith('dr-dlq-') && !name.startsWith('nats-'))
    .map(([name, value]) => `${name}: ${printable(value)}`);
  return [...attributes, '', ...others, '', printable(new TextDecoder().decode(body.subarray(0, 64 * 1024)))].join(
    '\n',
  );
}

/** What was refused may hold anything; a terminal must not obey it. */
function printable(text: string): string {
  return text.replace(/[^\P{Cc}\n]/gu, '\u{FFFD}');
}
