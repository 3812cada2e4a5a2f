import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    setupFiles: [],
    testTimeout: 20_000,
    pool: 'forks',
    maxWorkers: 2,
  },
})
