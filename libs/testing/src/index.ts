export { eventually } from './eventually.js';
export {
  jobQueueSuite,
  countOf,
  weigh,
  type QueueUnderTest,
  type SuiteAttempt,
  type SuiteContext,
  type SuiteHandler,
} from './suites/job-queue.suite.js';
export { durableJobQueueSuite, type DurableQueueUnderTest } from './suites/durable-job-queue.suite.js';
export { objectStoreSuite, type ObjectStoreUnderTest, type ObjectStoreSuiteOptions } from './suites/object-store.suite.js';
export { eventLogSuite, type EventLogUnderTest } from './suites/event-log.suite.js';
export { attestationsSuite, type AttestationsUnderTest } from './suites/attestations.suite.js';
export { logTreeSuite, type LogTreeUnderTest } from './suites/log-tree.suite.js';
export { MemoryLogTree } from './memory/memory-log-tree.js';
export { MemorySignedCheckpoints, RememberedCheckpoint } from './memory/memory-signed-checkpoints.js';
export { MemoryWorld } from './memory/memory-world.js';
export { MemoryLog } from './memory/memory-log.js';
export { RecordingQueue } from './memory/recording-queue.js';
export { SettableClock } from './memory/settable-clock.js';
export { CountedIds, countedId } from './memory/counted-ids.js';
export { foldPackage, type FoldedPackage } from './memory/fold-package.js';
export { countsOf, viewFile } from './memory/view-file.js';
export {
  describedPackage,
  ingestedFile,
  openedPackage,
  receivedFile,
  refusedFile,
  someBlake3,
  someInstant,
  someSha256,
} from './builders/facts.js';
export { goldenAttribution, goldenEvents, goldenCollectionId, goldenPackageId, type GoldenEvents } from './golden/golden-events.js';
