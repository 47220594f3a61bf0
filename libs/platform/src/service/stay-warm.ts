import { setFlagsFromString } from 'node:v8';

/**
 * Keeps what V8 has compiled over quiet times. Eight seconds after the last work it collects garbage to the bone, and with it the shapes of objects of which none is
 * alive just then; compiled code that knew them is thrown away. The next burst of uploads then begins slowly: its first thousands cost a quarter to a half more CPU.
 * With this flag the same collection leaves shapes, and the heap at the size it had (ADR 0029).
 */
export function stayWarm(): void {
  setFlagsFromString('--no-memory-reducer-favors-memory');
}
