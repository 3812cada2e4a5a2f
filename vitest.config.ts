import { defineConfig } from 'vitest/config'

/** After every test: no timer, socket or handle of ours is left. */
const setupFiles = ['./test/support/leak-guard-setup.ts']

export default defineConfig({
  test: {
    maxWorkers: 2,
    projects: [
      {
        test: {
          name: 'unit',
          include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
          exclude: ['test/interop/**', 'test/demo/**', 'node_modules/**'],
          setupFiles,
          pool: 'forks',
          testTimeout: 20_000,
        },
      },
      {
        // Real browsers and native peers: one at a time, for two of them starve each other on a small machine.
        test: {
          name: 'interop',
          include: ['test/interop/**/*.test.ts', 'test/demo/**/*.test.ts'],
          setupFiles,
          pool: 'forks',
          fileParallelism: false,
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
})
