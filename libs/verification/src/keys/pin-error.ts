/** What was brought along to be believed is not what it should be. */
export class PinError extends Error {
  override readonly name = 'PinError';
}
