export { createExaminer, type ExaminerOptions } from './create-examiner.js';
