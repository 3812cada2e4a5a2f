import { defineConfig } from 'vitest/config'

/** After every test: no timer, socket or handle of ours is left. */
const setupFiles = ['./test/support/leak-guard-setup.ts']

/** Real browsers, native peers, whole test suites: one at a time, for two of them starve each other on a small machine. */
const alone = [
  'test/interop/**/*.test.ts',
  'test/demo/**/*.test.ts',
  'test/ecosystem/**/*.test.ts',
  'test/runtimes/**/*.test.ts',
  'test/lifetime/**/*.test.ts',
  'test/wpt/wpt.test.ts',
  'bench/smoke.test.ts',
]

export default defineConfig({
  test: {
    maxWorkers: 2,
    reporters:
      process.env['CI'] === 'true' ? ['default', ['json', { outputFile: '.cache/test-results.json' }]] : ['default'],
    projects: [
      {
        test: {
          name: 'unit',
          include: ['src/**/*.test.ts', 'test/**/*.test.ts', 'bench/**/*.test.ts'],
          exclude: [...alone, 'test/lifetime/fixtures/**', 'node_modules/**'],
          setupFiles,
          pool: 'forks',
          maxWorkers: 2,
          testTimeout: 30_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: 'interop',
          include: alone,
          exclude: ['test/lifetime/fixtures/**', 'node_modules/**'],
          setupFiles,
          pool: 'forks',
          maxWorkers: 1,
          fileParallelism: false,
          testTimeout: 60_000,
          hookTimeout: 60_000,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
})
