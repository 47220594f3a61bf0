/** Bytes that depend on their offset only, so that any process can say what belongs where. Not periodic in any buffer size. */
export function patterned(offset: number, length: number): Buffer {
  const bytes = Buffer.allocUnsafe(length);
  for (let index = 0; index < length; index += 1) bytes[index] = (Math.imul(offset + index, 2_654_435_761) >>> 15) & 255;
  return bytes;
}
