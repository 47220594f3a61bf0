import type { WrittenPointer } from './write-pointer.js';

export function pointerLines({ pointer, records }: WrittenPointer): readonly string[] {
  return [...records.map((path) => `  record    ${path}`), `  pointer   ${pointer}  (commit these, not the files)`];
}
