/** Deeper values are refused: every reader of ours recurses. */
export const maxPlainDepth = 128;

/** Throws TypeError unless `value` is something both canonical encodings carry unchanged: text, safe integers, booleans, null, lists, text-keyed maps. */
export function assertPlain(value: unknown, depth = 0): void {
  assertDepth(depth);
  if (value === null || typeof value === 'boolean') return;
  if (typeof value === 'string') return assertText(value);
  if (typeof value === 'number') return assertInteger(value);
  if (typeof value !== 'object') throw new TypeError(`A ${typeof value} has no canonical form`);
  if (Array.isArray(value)) {
    // by index, so that holes are seen as the undefined they would become
    for (let i = 0; i < value.length; i++) assertPlain(value[i], depth + 1);
    return;
  }
  assertPlainObject(value);
  for (const [key, entry] of Object.entries(value)) {
    assertText(key);
    assertPlain(entry, depth + 1);
  }
}

export function assertDepth(depth: number): void {
  if (depth > maxPlainDepth) throw new TypeError(`Value is nested deeper than ${maxPlainDepth}`);
}

/** Looks at the object itself, not at its entries. */
export function assertPlainObject(value: object): asserts value is Readonly<Record<string, unknown>> {
  const prototype: unknown = Object.getPrototypeOf(value);
  // A class instance (Date, Map, Buffer) or a custom serializer would be encoded as something else than its entries. Objects of another
  // realm (a test runner's VM) have a foreign Object.prototype, recognized by its own null prototype.
  const plain = prototype === null || Object.getPrototypeOf(prototype) === null;
  if (!plain) throw new TypeError('Only plain objects have a canonical form');
  if (Object.getOwnPropertySymbols(value).length > 0) throw new TypeError('Map keys must be text');
}

export function assertText(text: string): void {
  if (!text.isWellFormed()) throw new TypeError('Text with a lone surrogate has no canonical form');
}

export function assertInteger(value: number): void {
  // -0 is an integer to JavaScript but a float to CBOR
  if (!Number.isSafeInteger(value) || Object.is(value, -0)) throw new TypeError(`Number ${value} is not a safe integer`);
}
