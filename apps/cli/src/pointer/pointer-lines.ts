import type { WrittenPointer } from './write-pointer.js';

/** What a person is told of a pointer that was written. */
export function pointerLines({ path, records }: WrittenPointer): readonly string[] {
  return [...records.map((record) => `  record    ${record}`), `  pointer   ${path}  (commit these, not the files)`];
}
