/** Why a timestamp is not believed. */
export class TimestampError extends Error {
  override readonly name = 'TimestampError';
}
