/** The forms of RFC 8949 (section 3) that plain values need. A first byte holds the major type in its upper three bits, and below them the argument or where it stands. */
export const major = { unsigned: 0, negative: 1, text: 3, list: 4, map: 5, simple: 7 } as const;
/** Arguments of the major type `simple`. */
export const simple = { false: 20, true: 21, null: 22 } as const;
/** What stands in the first byte when the argument follows in so many bytes; less is the argument itself. */
export const inNextBytes = { one: 24, two: 25, four: 26, eight: 27 } as const;
/** Not of the standard, but of both sides here: up to this length a loop over text is faster than a call into the runtime. */
export const shortText = 64;
