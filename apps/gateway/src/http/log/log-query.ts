import { z } from 'zod';

const count = z.coerce.number().int().min(0);
/** More witnesses than anybody asks about in one request. */
const mostWitnesses = 63;
const name = z.string().min(1).max(255);

/** The checkpoint is the latest that at least `cosignatures` log witnesses signed; with `witness` (repeatable) only those named count, by default all of them. */
const wanted = {
  cosignatures: count.max(mostWitnesses).optional(),
  witness: z
    .union([name.transform((one) => [one]), z.array(name).max(mostWitnesses)])
    .default([])
    .readonly(),
};

function wantedOf<T extends { readonly cosignatures?: number | undefined; readonly witness: readonly string[] }>({
  cosignatures,
  witness,
  ...rest
}: T) {
  return { ...rest, wanted: { least: cosignatures ?? witness.length, by: witness } };
}

export const checkpointQuery = z.strictObject(wanted).transform(wantedOf);
export const proofQuery = z.strictObject({ sequence: count, ...wanted }).transform(wantedOf);
export const consistencyQuery = z.strictObject({ from: count, ...wanted }).transform(wantedOf);
