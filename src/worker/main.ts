import { parentPort } from 'node:worker_threads';
import { serve } from '../protocol/rpc';
import type { WorkerRequests } from '../protocol/worker';
import { nodeFileSystem } from './fileSystem';
import { workerHandlers } from './handlers';
import { kernelShelf } from './kernelShelf';
import { threadPort } from './threadPort';

if (!parentPort) throw new Error('worker.js is a worker thread: start it with new Worker()');
serve<WorkerRequests>(
  threadPort(parentPort),
  workerHandlers(nodeFileSystem, kernelShelf(__dirname)),
);
