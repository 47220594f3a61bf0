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
