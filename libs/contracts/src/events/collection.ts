import { z } from 'zod';
import { declareEvent } from './event.js';
import { blake3, instant, integer, sha256 } from './values.js';

const plannedPackages = z.array(
  z.strictObject({
    package_id: z.uuid(),
    revision: integer,
    repository: z.string(),
    name: z.string(),
    files: integer,
    bytes: integer,
  }),
);

/** A plan as it stands in its event and in answers. */
export const collectionPlan = z.strictObject({
  plan_version: z.literal(1),
  as_of: instant,
  grace_seconds: integer,
  trash_seconds: integer,
  limit: integer,
  trash: plannedPackages,
  purge: plannedPackages,
});

export const collectionStarted = declareEvent({
  type: 'v1.collection.started',
  description: 'Somebody gave back the digest of a plan that still held: exactly that plan is carried out',
  payload: z.strictObject({
    collection_id: z.uuid(),
    plan_digest: z.string(),
    plan: collectionPlan,
    brake_overridden: z.boolean(),
    started_at: instant,
  }),
});

export const collectionCompleted = declareEvent({
  type: 'v1.collection.completed',
  description: 'Everything planned was done, or left alone because it had moved in between',
  payload: z.strictObject({
    collection_id: z.uuid(),
    completed_at: instant,
    trashed: integer,
    purged: integer,
    skipped: integer,
    locations_deleted: integer,
    bytes_reclaimed: integer,
  }),
});

export const locationDeleted = declareEvent({
  type: 'v1.storage.location_deleted',
  description: 'A collected file gave up its place in the store; the bytes went only with the last reference',
  payload: z.strictObject({
    collection_id: z.uuid(),
    path: z.string(),
    sha256,
    blake3: blake3.nullable(),
    size: integer,
    backend: z.string(),
    physically_removed: z.boolean(),
    deleted_at: instant,
  }),
});
