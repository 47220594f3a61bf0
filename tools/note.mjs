/** Remarks of the tools go to standard error: standard output belongs to the program that is run (`npm run demo -- --json`). */
export function note(text) {
  process.stderr.write(`muniment: ${text}\n`);
}
