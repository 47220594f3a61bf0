import { objectStoreSuite } from '@muniment/testing';
import { MemoryStore } from './memory-store.js';

objectStoreSuite('memory', () => Promise.resolve({ store: new MemoryStore(), reopen: null, dispose: () => Promise.resolve() }), {
  boundedMemory: false,
});
