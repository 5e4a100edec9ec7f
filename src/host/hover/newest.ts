/** Runs work under a signal; the oldest beyond `most` at once is stopped: a newer hover is what is looked at. */
export function newestOnly(most: number) {
  const underWay: AbortController[] = [];
  return async <T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> => {
    const controller = new AbortController();
    underWay.push(controller);
    if (underWay.length > most) underWay[0]!.abort();
    try {
      return await work(controller.signal);
    } finally {
      underWay.splice(underWay.indexOf(controller), 1);
    }
  };
}
