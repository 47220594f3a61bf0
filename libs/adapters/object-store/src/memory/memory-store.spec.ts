import { objectStoreSuite } from '@muniment/testing';
import { MemoryStore } from './memory-store.js';

const memory = () => ({ store: new MemoryStore({ smallBytes: 65_536 }), reopen: null, dispose: () => Promise.resolve() });

objectStoreSuite('memory', () => Promise.resolve(memory()), { boundedMemory: false, smallFiles: true });
