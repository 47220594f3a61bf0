import { logTreeSuite } from '../suites/log-tree.suite.js';
import { MemoryLogTree } from './memory-log-tree.js';
import { MemoryLog } from './memory-log.js';
import { MemorySignedCheckpoints } from './memory-signed-checkpoints.js';

logTreeSuite('memory', () => {
  const log = new MemoryLog();
  const tree = new MemoryLogTree(log);
  const checkpoints = new MemorySignedCheckpoints(tree);
  return Promise.resolve({ log, sequencer: log, tree, checkpoints, neighbour: null, dispose: () => Promise.resolve() });
});
