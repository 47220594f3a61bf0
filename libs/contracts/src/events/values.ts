import { z } from 'zod';
import { parseBlake3, parseSha256, refusalCodes, type Instant, type PlainValue, type RefusalCode } from '@muniment/domain';

/** Building blocks of event payloads. Integers only: floats have no place in the log. */
export const integer = z.int().nonnegative();
export const sha256 = z
  .string()
  .regex(/^[0-9a-f]{64}$/)
  .transform(parseSha256);
export const blake3 = z
  .string()
  .regex(/^[0-9a-f]{64}$/)
  .transform(parseBlake3);
export const instant = z.iso.datetime({ precision: 3 }).transform((t) => t as Instant);
export const refusalCode = z.enum(refusalCodes as [RefusalCode, ...RefusalCode[]]);
export const stringMap = z.record(z.string(), z.string());
/** Anything both canonical encodings carry unchanged: whole numbers, no floats. */
export const plainValue: z.ZodType<PlainValue> = z.lazy(() =>
  z.union([z.string(), z.int(), z.boolean(), z.null(), z.array(plainValue), z.record(z.string(), plainValue)]),
);

export const wheelFacts = z
  .strictObject({
    name: z.string(),
    version: z.string(),
    build: z.string().nullable(),
    tags: z.array(z.string()),
    requires_python: z.string().nullable(),
    requires_dist: z.array(z.string()),
    metadata_sha256: sha256,
  })
  .nullable();

export const archiveMembers = z.array(z.strictObject({ path: z.string(), size: integer, sha256, blake3, wheel: wheelFacts })).nullable();

export const metaDeclaration = z
  .strictObject({
    name: z.string().nullable(),
    sha256: sha256.nullable(),
    blake3: blake3.nullable(),
    size: integer.nullable(),
    wheels: z.array(z.string()).nullable(),
  })
  .nullable();
