export { objectStoreConfig, createObjectStore, type ObjectStoreConfig } from './config.js';
export { FilesystemStore } from './filesystem/filesystem-store.js';
export { MemoryStore } from './memory/memory-store.js';
export { S3Store, type S3Options } from './s3/s3-store.js';
export { MeteredStore, storeOperations, type OperationRecorder } from './metered/metered-store.js';
