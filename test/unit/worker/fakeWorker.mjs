// A worker that speaks the protocol and does as the tensor's name says, so that the pool can be watched.
import { parentPort, threadId, workerData } from 'node:worker_threads';

parentPort.on('message', frame => {
  if (frame.kind === 'cancel') {
    parentPort.postMessage({ kind: 'result', id: 'late', value: null });
    return;
  }
  if (frame.kind !== 'request') return;
  const { id, method, params } = frame;
  const answer = value => parentPort.postMessage({ kind: 'result', id, value });
  if (method === 'model/open' || method.startsWith('scheme/'))
    return answer({ threadId, workerData });
  const { name } = params.entry;
  if (name === 'die') process.exit(3);
  if (name === 'throw') throw new Error('out of luck');
  if (name === 'hang') return undefined;
  return answer({ threadId });
});
