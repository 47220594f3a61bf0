import { NoteError } from '@muniment/formats';

/** The value, or why the text is not one. */
export function readNote<T extends object>(read: () => T): T | string {
  try {
    return read();
  } catch (error) {
    if (error instanceof NoteError) return error.message;
    throw error;
  }
}
