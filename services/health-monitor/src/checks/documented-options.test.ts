import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkKinds, fieldsOfKind } from '@novacron/contracts';

const page = readFileSync(join(import.meta.dirname, '../../../../docs/check-types.md'), 'utf8');
const rows = new Map(
  (page.split('## Options')[1] ?? '')
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) => {
      const [kind = '', needed = '', optional = ''] = line.split('|').slice(1);
      return [named(kind)[0], { needed: named(needed), optional: named(optional) }];
    }),
);

function named(cell: string): string[] {
  return [...cell.matchAll(/`(?<name>[^`]+)`/gu)].map(({ groups }) => groups?.['name'] ?? '');
}

describe('the documented options', () => {
  it.each(checkKinds)('of %s are those that it reads', (kind) => {
    const { needed, optional } = fieldsOfKind(kind);
    const row = rows.get(kind);
    expect(row?.needed.toSorted()).toEqual(needed.toSorted());
    expect(row?.optional.filter((name) => name !== 'http').toSorted()).toEqual(optional.toSorted());
  });
});
