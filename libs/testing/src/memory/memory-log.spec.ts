import { eventLogSuite } from '../suites/event-log.suite.js';
import { MemoryWorld } from './memory-world.js';

eventLogSuite('memory', () => {
  const { log, checkpoints } = new MemoryWorld();
  return Promise.resolve({ log, sequencer: log, checkpoints, neighbour: null, dispose: () => Promise.resolve() });
});
