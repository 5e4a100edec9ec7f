import { rmSync } from 'node:fs';

/** Removes half-written files when the user presses Ctrl-C. Returns what ends that. */
export function removeWhenInterrupted(partials: readonly string[]): () => void {
  const signals = { SIGINT: 130, SIGTERM: 143 } as const;
  const handlers = Object.entries(signals).map(([signal, code]) => {
    const handler = () => {
      for (const partial of partials) rmSync(partial, { force: true });
      process.exit(code);
    };
    process.once(signal, handler);
    return () => void process.off(signal, handler);
  });
  return () => {
    for (const off of handlers) off();
  };
}
