-- AlterTable
ALTER TABLE "retention_state" ADD COLUMN "revision_without_received" INTEGER,
ADD COLUMN "revision_without_ingested" INTEGER;

-- Every package has a v1.package.created, which is neither.
UPDATE "retention_state" r SET "revision_without_received" = e."received", "revision_without_ingested" = e."ingested"
FROM (
    SELECT "subject_id", max("revision") FILTER (WHERE "type" <> 'v1.file.received') AS "received",
        max("revision") FILTER (WHERE "type" <> 'v1.file.ingested') AS "ingested"
    FROM "events" WHERE "subject_kind" = 'package' GROUP BY "subject_id"
) e WHERE e."subject_id" = r."package_id";

ALTER TABLE "retention_state" ALTER COLUMN "revision_without_received" SET NOT NULL,
ALTER COLUMN "revision_without_ingested" SET NOT NULL;
