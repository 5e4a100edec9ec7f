/** Longest piece of work between two turns of the event loop, in milliseconds. */
const longest = 8;

/** Makes a pause for a long loop: awaited each time round, it lets others in as often as they notice no delay. */
export function pacer(
  now: () => number = () => performance.now(),
): () => Promise<void> | undefined {
  let since = now();
  return () => {
    if (now() - since < longest) return undefined;
    return new Promise(resolve =>
      setImmediate(() => {
        since = now();
        resolve();
      }),
    );
  };
}
