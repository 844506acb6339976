/** `npm run bench -- NAME`: one benchmark beside its peer; a table, then a last line of JSON. */
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { DrError } from '@novacron/contracts';
import { benchmarks } from './benchmarks.js';
import { figuresLine, figuresTable } from './report/figures-table.js';

const usageError = 2;
const nameWidth = Math.max(...benchmarks.map(({ name }) => name.length));
const list = benchmarks.map(({ name, summary, peer }) => `  ${name.padEnd(nameWidth)}  ${summary}; beside ${peer}`);
const usage = `usage: npm run bench -- NAME [--whole] [--pairs N]

${list.join('\n')}

  --whole    the long form, where a benchmark has one
  --pairs N  so many pairs, where a benchmark is measured in pairs

Prints a table, then a last line of JSON: {"bench","figures":{"<name>":{"value","unit","goal","peer","ratio","met"}}}. Where there
is a peer, goal is said of the ratio. Exit 0 once measured, goals met or missed; 1 when it could not measure; 2 for this text.`;

async function main(): Promise<number> {
  const parsed = parsedArguments();
  if (parsed === undefined) return usageError;
  const { values, positionals } = parsed;
  if (values.help) {
    console.log(usage);
    return 0;
  }
  const [name, ...more] = positionals;
  const benchmark = benchmarks.find((each) => each.name === name);
  if (benchmark === undefined || more.length > 0) {
    const problem = name === undefined ? 'name a benchmark' : `unknown benchmark ${positionals.join(' ')}`;
    console.error(`bench: ${problem}\n\n${usage}`);
    return usageError;
  }
  console.log(`${benchmark.name}: ${benchmark.summary}, beside ${benchmark.peer}`);
  showLoad('before');
  const figures = await benchmark.run({
    whole: values.whole,
    ...(values.pairs === undefined ? {} : { pairs: pairsOf(values.pairs) }),
    log: (line) => console.log(`  ${line}`),
  });
  showLoad('after');
  console.log(`\n${figuresTable(figures)}\n`);
  console.log(figuresLine(benchmark.name, figures));
  return 0;
}

function parsedArguments() {
  try {
    const options = {
      help: { type: 'boolean', short: 'h', default: false },
      whole: { type: 'boolean', default: false },
      pairs: { type: 'string' },
    } as const;
    return parseArgs({ options, allowPositionals: true });
  } catch (error) {
    console.error(`bench: ${DrError.from(error).message}\n\n${usage}`);
    return undefined;
  }
}

/** @throws DrError INVALID_CONFIG for anything but a whole number of at least one. */
function pairsOf(text: string): number {
  const pairs = Number(text);
  if (Number.isInteger(pairs) && pairs > 0) return pairs;
  throw new DrError('INVALID_CONFIG', `--pairs ${text} is not a whole number of at least 1`);
}

/** Figures of a machine that does other things are to be read with its load; ratios bear it best. */
function showLoad(when: string): void {
  const load = loadavg().map((value) => value.toFixed(1));
  console.log(`  load average ${when}: ${load.join(' ')}`);
}

try {
  process.exitCode = await main();
} catch (cause) {
  const error = DrError.from(cause);
  console.error(`bench: could not measure: ${error.message}`);
  if (error.hint) console.error(`  ${error.hint}`);
  for (const { path, problem } of error.details) console.error(`  ${path}: ${problem}`);
  process.exitCode = 1;
}
