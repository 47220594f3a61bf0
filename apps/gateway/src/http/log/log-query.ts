import { z } from 'zod';

const count = z.coerce.number().int().min(0);

/** `cosignatures`: the checkpoint is the latest that at least so many log witnesses signed. */
const cosignatures = count.max(63).default(0);

export const checkpointQuery = z.strictObject({ cosignatures });
export const proofQuery = z.strictObject({ sequence: count, cosignatures });
export const consistencyQuery = z.strictObject({ from: count, cosignatures });
