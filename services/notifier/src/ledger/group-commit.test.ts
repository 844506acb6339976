import { GroupCommit } from './group-commit.js';

function writer(bounds = { items: 3, sizeBytes: 100 }) {
  const groups: (readonly string[])[] = [];
  const release: (() => void)[] = [];
  const commit = new GroupCommit<string, string>(bounds, async (items) => {
    groups.push(items);
    await new Promise<void>((resolve) => release.push(resolve));
    if (items.includes('bad')) throw new Error('refused');
    return items.map((item) => `${item}!`);
  });
  const turn = async (): Promise<void> => {
    await new Promise(setImmediate);
    release.shift()?.();
    await new Promise(setImmediate);
  };
  return { commit, groups, turn };
}

test('what comes while a write is under way goes together, in its order, and each has its own answer', async () => {
  const { commit, groups, turn } = writer();
  const first = commit.add('a', 1);
  await turn();
  expect(await first).toBe('a!');
  const second = commit.add('b', 1);
  await new Promise(setImmediate);
  const rest = ['c', 'd', 'e', 'f'].map((item) => commit.add(item, 1));
  await turn();
  await turn();
  await turn();
  expect(await Promise.all([second, ...rest])).toEqual(['b!', 'c!', 'd!', 'e!', 'f!']);
  expect(groups).toEqual([['a'], ['b'], ['c', 'd', 'e'], ['f']]);
});

test('a group is no larger than its bound, and an item that is goes alone', async () => {
  const { commit, groups, turn } = writer();
  const all = [commit.add('a', 60), commit.add('b', 60), commit.add('c', 500), commit.add('d', 1)];
  for (let write = 0; write < 4; write += 1) await turn();
  await Promise.all(all);
  expect(groups).toEqual([['a'], ['b'], ['c'], ['d']]);
});

test('what is thrown, everyone of that group is told, and nobody of the next', async () => {
  const { commit, turn } = writer({ items: 2, sizeBytes: 100 });
  const answers = Promise.allSettled(['a', 'bad', 'c'].map((item) => commit.add(item, 1)));
  await turn();
  await turn();
  expect((await answers).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'fulfilled']);
});
