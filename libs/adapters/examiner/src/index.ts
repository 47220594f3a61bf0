export { createStreamDigests, type ClosableDigests } from './create-stream-digests.js';
export { createExaminer, type ExaminerOptions } from './create-examiner.js';
