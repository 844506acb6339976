/**
 * Checks who imports whom by the rules in .dependency-cruiser.mjs. Package names are resolved to their sources, so that
 * nothing needs to be built first and a cycle across packages is seen as one.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { cruise } from 'dependency-cruiser';
import rules from '../../.dependency-cruiser.mjs';

const root = join(import.meta.dirname, '../..');
process.chdir(root);

const aliases = ['libs', 'services']
  .flatMap((group) => readdirSync(group).map((name) => [name, join(root, group, name)]))
  .concat([['lab', join(root, 'lab')]])
  .map(([name, folder]) => [`@novacron/${name}$`, join(folder, 'src/index.ts')])
  .concat([['@novacron/contracts/threads$', join(root, 'libs/contracts/src/threads/index.ts')]]);

const { forbidden, options } = rules;
const { output } = await cruise(
  ['libs', 'services', 'lab/src', 'test', 'bench'],
  { ...options, validate: true, ruleSet: { forbidden }, outputType: 'json' },
  {
    alias: Object.fromEntries(aliases),
    extensions: ['.ts', '.js', '.mjs', '.json'],
    extensionAlias: { '.js': ['.ts', '.js'] },
    conditionNames: ['import', 'node', 'default'],
    exportsFields: ['exports'],
  },
);
const { summary } = JSON.parse(output);
for (const { rule, from, to, cycle } of summary.violations) {
  const path = cycle ? cycle.map(({ name }) => name).join(' → ') : to;
  console.error(`${rule.name}: ${from} → ${path}`);
}
console.log(
  `${summary.totalCruised} modules, ${summary.totalDependenciesCruised} imports, ${summary.error} violations`,
);
process.exitCode = summary.error > 0 ? 1 : 0;
