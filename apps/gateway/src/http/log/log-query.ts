import { z } from 'zod';

const count = z.coerce.number().int().min(0);
/** More witnesses than anybody asks about in one request. */
const mostWitnesses = 63;
const name = z.string().min(1).max(255);

/** The checkpoint is the latest that at least `cosignatures` log witnesses signed; with `witness` (repeatable) only those named count. */
const wanted = {
  cosignatures: count.max(mostWitnesses).default(0),
  witness: z
    .union([name.transform((one) => [one]), z.array(name).max(mostWitnesses)])
    .default([])
    .readonly(),
};

function wantedOf<T extends { readonly cosignatures: number; readonly witness: readonly string[] }>({ cosignatures, witness, ...rest }: T) {
  return { ...rest, wanted: { least: cosignatures, by: witness } };
}

export const checkpointQuery = z.strictObject(wanted).transform(wantedOf);
export const proofQuery = z.strictObject({ sequence: count, ...wanted }).transform(wantedOf);
export const consistencyQuery = z.strictObject({ from: count, ...wanted }).transform(wantedOf);
