import { attestationsSuite } from '../suites/attestations.suite.js';
import { MemoryWorld } from './memory-world.js';

attestationsSuite('memory', () => {
  const { log, attestations } = new MemoryWorld();
  return Promise.resolve({ log, attestations, dispose: () => Promise.resolve() });
});
