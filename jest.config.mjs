// Decorator metadata comes from SWC, as Nest's injection by type needs it; libraries are taken from their sources, so that
// a test never sees a build that is behind.
const shared = {
  rootDir: import.meta.dirname,
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  setupFiles: ['reflect-metadata'],
  modulePathIgnorePatterns: [
    '<rootDir>/(libs|services)/[^/]+/dist/',
    '<rootDir>/(lab|test|bench)/dist/',
    '<rootDir>/\\.lab/',
  ],
  moduleNameMapper: {
    '^@novacron/(lab)$': '<rootDir>/$1/src/index.ts',
    '^@novacron/contracts/threads$': '<rootDir>/libs/contracts/src/threads/index.ts',
    '^@novacron/([^/]+)/testing$': '<rootDir>/libs/$1/src/testing/index.ts',
    '^@novacron/([^/]+)$': '<rootDir>/libs/$1/src/index.ts',
    '^(\\.{1,2}/.*)\\.js$': '$1',
  },
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        sourceMaps: 'inline',
        module: { type: 'es6' },
        jsc: {
          target: 'es2023',
          keepClassNames: true,
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false },
        },
      },
    ],
  },
};

const sources = '<rootDir>/{libs,services}/*/src/**';

export default {
  // Jest takes the time allowed for one test from here only; a longer one says so itself.
  testTimeout: 60_000,
  reporters: ['default', '<rootDir>/lab/setup/long-suites.mjs'],
  projects: [
    {
      ...shared,
      displayName: 'unit',
      testMatch: [
        '<rootDir>/lab/setup/*.test.mjs',
        `${sources}/*.test.ts`,
        '<rootDir>/{lab,bench}/src/**/*.test.ts',
        '<rootDir>/test/**/*.test.ts',
      ],
      testPathIgnorePatterns: ['/node_modules/', '\\.(medium|e2e)\\.test\\.ts$'],
    },
    {
      ...shared,
      displayName: 'medium',
      testMatch: [
        `${sources}/*.medium.test.ts`,
        '<rootDir>/{lab,bench}/src/**/*.medium.test.ts',
        '<rootDir>/test/**/*.medium.test.ts',
      ],
    },
    { ...shared, displayName: 'e2e', testMatch: ['<rootDir>/test/**/*.e2e.test.ts'] },
  ],
};
