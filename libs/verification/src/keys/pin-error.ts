/** A pin that is no key, or no trusted root. */
export class PinError extends Error {
  override readonly name = 'PinError';
}
