/** Jest reporter that writes what happened to the file MUNIMENT_TALLY_FILE names, for the last line of `npm test`. */
import { writeFileSync } from 'node:fs';

export default class Tally {
  onRunComplete(_contexts, results) {
    const tests = results.testResults.flatMap((file) => file.testResults.map((test) => ({ ...test, file: file.testFilePath })));
    const skipped = tests.filter(({ status }) => ['pending', 'todo', 'skipped', 'disabled'].includes(status));
    // A file that does not even load has no tests to count, but something failed.
    const broken = results.testResults.filter((file) => file.testExecError && file.testResults.length === 0);
    const tally = {
      passed: results.numPassedTests,
      failed: results.numFailedTests + broken.length,
      skipped: skipped.map(({ fullName }) => fullName),
    };
    writeFileSync(process.env.MUNIMENT_TALLY_FILE, JSON.stringify(tally));
  }
}
