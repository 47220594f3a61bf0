/**
 * Three tiers, told apart by file name: `*.spec.ts` needs nothing, `*.int.spec.ts` needs the real parts that test/stack starts,
 * `*.e2e.spec.ts` drives the built system from outside.
 */
const shared = {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: {
          target: 'es2022',
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true },
          keepClassNames: true,
        },
        module: { type: 'es6' },
      },
    ],
  },
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  modulePathIgnorePatterns: ['/dist/', '/.nx/'],
};
const roots = ['<rootDir>/libs', '<rootDir>/apps', '<rootDir>/test', '<rootDir>/tools'];

export default {
  // Integration and e2e specs also wait: a third one fills two cores where people wait (measured: 557 s for everything, 690 s with two). Continuous integration has
  // the time to leave the servers of the tests more room.
  maxWorkers: process.env.CI ? 2 : 3,
  // Modules of finished test files stay in the memory of their worker, and every collection looks through them: late in a run the specs of the object store
  // took five to ten times as long as alone (by hand, MinIO: 204 s and 27 s).
  workerIdleMemoryLimit: '800MB',
  // A guard against hanging, not a measure: starting a process on a busy machine takes seconds.
  testTimeout: 30_000,
  projects: [
    {
      ...shared,
      displayName: 'unit',
      roots,
      testMatch: ['**/*.spec.ts'],
      testPathIgnorePatterns: ['/node_modules/', '/dist/', '\\.int\\.spec\\.ts$', '\\.e2e\\.spec\\.ts$'],
    },
    { ...shared, displayName: 'int', roots, testMatch: ['**/*.int.spec.ts'] },
    { ...shared, displayName: 'e2e', roots, testMatch: ['**/*.e2e.spec.ts'] },
  ],
};
