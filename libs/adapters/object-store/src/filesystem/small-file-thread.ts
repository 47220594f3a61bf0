import { parentPort } from 'node:worker_threads';
import type { SmallFileBatch } from './small-file-messages.js';
import { writeSmallFiles } from './write-small-files.js';

/** Entry file of the thread that stores small files. */
const port = parentPort;
if (port === null) throw new Error('This file runs only as a worker thread');
port.on('message', (batch: SmallFileBatch) => port.postMessage(writeSmallFiles(batch)));
port.postMessage('ready');
