import type { MessagePort, Worker } from 'node:worker_threads';
import type { Port } from '../protocol/rpc';

/** One end of a worker thread, seen from either side, as a Port. */
export function threadPort(end: Worker | MessagePort): Port {
  return {
    post: message => end.postMessage(message),
    onMessage(listener) {
      end.on('message', listener);
      return () => void end.off('message', listener);
    },
  };
}
