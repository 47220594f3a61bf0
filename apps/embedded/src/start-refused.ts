/** Starting cannot work, for a reason that a person can remove. Shown as one line, without a stack. */
export class StartRefused extends Error {
  override readonly name = 'StartRefused';
}
