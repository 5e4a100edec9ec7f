import { defineConfig } from 'vitest/config';

const node = { environment: 'node' } as const;

export default defineConfig({
  test: {
    allowOnly: false,
    projects: [
      {
        test: {
          ...node,
          name: 'unit',
          include: ['test/unit/**/*.test.ts', 'test/architecture.test.ts'],
          maxWorkers: '100%',
          // A bound against a hang: on a busy machine long tests take several times what they take alone.
          testTimeout: 60_000,
        },
      },
      {
        test: {
          ...node,
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          // Two servers and two browsers at a time, each with folders of its own: much of the time one waits for the other
          // end. A test that fails once has failed.
          maxWorkers: 2,
          retry: 0,
          // Bounds against a hang, too: two browsers on two cores may take seconds for what takes one alone a moment.
          expect: { poll: { timeout: 20_000 } },
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
