/**
 * Dependencies point one way: contracts ← bus ← operations ← services; drivers and repository know contracts only.
 * Services meet on the bus, never in code.
 */

/** What each library may import of the others. */
const mayImport = {
  contracts: [],
  bus: ['contracts'],
  operations: ['contracts', 'bus'],
  drivers: ['contracts'],
  repository: ['contracts'],
  service: ['contracts', 'bus'],
};

const libraryRules = Object.entries(mayImport).map(([library, allowed]) => ({
  name: `${library}-imports-${allowed.length ? allowed.join('-and-') : 'nothing'}-of-ours`,
  comment: `libs/${library} may import ${allowed.length ? allowed.join(' and ') : 'none of the other packages'}`,
  severity: 'error',
  from: { path: `^libs/${library}/` },
  to: { path: '^(libs|services|lab|test|bench)/', pathNot: `^libs/(${[library, ...allowed].join('|')})/` },
}));

export default {
  forbidden: [
    ...libraryRules,
    {
      name: 'services-never-import-each-other',
      severity: 'error',
      from: { path: '^services/([^/]+)/' },
      to: { path: '^(services|lab|test|bench)/', pathNot: '^services/$1/' },
    },
    {
      name: 'services-run-as-processes',
      comment: 'the lab, the tests and the benchmarks start services, as an operator would',
      severity: 'error',
      from: { path: '^(lab|test|bench)/' },
      to: { path: '^services/' },
    },
    {
      name: 'lab-stands-alone',
      severity: 'error',
      from: { path: '^lab/' },
      to: { path: '^(test|bench)/' },
    },
    {
      name: 'decisions-do-no-io',
      comment: 'a domain folder holds pure functions and state tables',
      severity: 'error',
      from: { path: '/src/domain/', pathNot: '\\.test\\.ts$' },
      to: { path: '/src/(adapters|handlers)/' },
    },
    {
      name: 'one-public-door',
      comment: 'a package is imported by its name, through its index.ts',
      severity: 'error',
      from: { path: '^((libs|services)/[^/]+|lab|test|bench)/' },
      to: { path: '^(libs|lab)/.+', pathNot: ['^$1/', '/src/((testing|threads)/)?index\\.ts$'] },
    },
    {
      name: 'no-cycles',
      comment: 'what refers to each other is one thing, or has a third in it: types too',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    { name: 'resolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: ['node_modules'] },
    exclude: { path: ['(^|/)dist/', '^\\.lab/'] },
    parser: 'swc',
    tsPreCompilationDeps: true,
  },
};
