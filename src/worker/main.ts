import { parentPort, workerData } from 'node:worker_threads';
import { serve } from '../protocol/rpc';
import type { WorkerRequests } from '../protocol/worker';
import { nodeFileSystem } from './fileSystem';
import { workerHandlers } from './handlers';
import { kernelShelf } from './kernelShelf';
import { threadPort } from './threadPort';
import type { WorkerOptions } from './workerOptions';

if (!parentPort) throw new Error('worker.js is a worker thread: start it with new Worker()');
serve<WorkerRequests>(
  threadPort(parentPort),
  workerHandlers(nodeFileSystem, {
    ...(workerData as WorkerOptions),
    kernels: kernelShelf(__dirname),
  }),
);
