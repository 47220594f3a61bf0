-- AlterTable
ALTER TABLE "packages" ADD COLUMN "wheelhouse" BOOLEAN NOT NULL DEFAULT false,
ADD COLUMN "validation" TEXT,
ADD COLUMN "validated_at" TIMESTAMPTZ(3);

-- AlterTable
ALTER TABLE "files" ADD COLUMN "physically_removed" BOOLEAN;

-- AlterTable
ALTER TABLE "retention_state" ADD COLUMN "revision" INTEGER,
ADD COLUMN "eligible_since" TIMESTAMPTZ(3),
ADD COLUMN "held" BOOLEAN NOT NULL DEFAULT false,
ADD COLUMN "curated_since" TIMESTAMPTZ(3),
ADD COLUMN "extended_at" TIMESTAMPTZ(3),
ADD COLUMN "extended_by" TEXT,
ADD COLUMN "extension_reason" TEXT,
ADD COLUMN "trashed_at" TIMESTAMPTZ(3),
ADD COLUMN "purge_after" TIMESTAMPTZ(3),
ADD COLUMN "restored_at" TIMESTAMPTZ(3),
ADD COLUMN "collected_at" TIMESTAMPTZ(3),
ADD COLUMN "collection_id" UUID;

-- The revision moves with every event. In the narrow row that copies a hundred bytes instead of a thousand.
UPDATE "retention_state" r SET "revision" = p."revision" FROM "packages" p WHERE p."id" = r."package_id";
ALTER TABLE "retention_state" ALTER COLUMN "revision" SET NOT NULL;
ALTER TABLE "packages" DROP COLUMN "revision";

-- CreateTable
CREATE TABLE "retention_holds" (
    "hold_id" UUID NOT NULL,
    "package_id" UUID NOT NULL,
    "reason" TEXT NOT NULL,
    "actor" TEXT NOT NULL,
    "applied_at" TIMESTAMPTZ(3) NOT NULL,
    "released_at" TIMESTAMPTZ(3),
    "released_by" TEXT,
    "release_reason" TEXT,

    CONSTRAINT "retention_holds_pkey" PRIMARY KEY ("hold_id")
);

-- CreateTable
CREATE TABLE "collections" (
    "id" UUID NOT NULL,
    "revision" INTEGER NOT NULL,
    "plan_digest" TEXT NOT NULL,
    "as_of" TIMESTAMPTZ(3) NOT NULL,
    "started_at" TIMESTAMPTZ(3) NOT NULL,
    "started_by" TEXT NOT NULL,
    "reason" TEXT,
    "planned_trash" INTEGER NOT NULL,
    "planned_purge" INTEGER NOT NULL,
    "completed_at" TIMESTAMPTZ(3),
    "result" JSONB,

    CONSTRAINT "collections_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "storage_ledger" (
    "repository" TEXT NOT NULL,
    "packages" BIGINT NOT NULL,
    "logical_bytes" BIGINT NOT NULL,
    "unique_bytes" BIGINT NOT NULL,
    "trash_bytes" BIGINT NOT NULL,
    "measured_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "storage_ledger_pkey" PRIMARY KEY ("repository")
);

-- DropIndex
DROP INDEX "files_sha256_idx";

-- CreateIndex
CREATE INDEX "files_sha256_verified_at_idx" ON "files"("sha256", "verified_at");

-- CreateIndex
CREATE INDEX "packages_repository_created_at_id_idx" ON "packages"("repository", "created_at", "id");

-- CreateIndex
CREATE INDEX "packages_phase_created_at_id_idx" ON "packages"("phase", "created_at", "id");

-- CreateIndex
CREATE INDEX "packages_retention_class_created_at_id_idx" ON "packages"("retention_class", "created_at", "id");

-- CreateIndex
CREATE INDEX "packages_producer_created_at_id_idx" ON "packages"("producer", "created_at", "id");

-- CreateIndex
CREATE INDEX "packages_subject_created_at_id_idx" ON "packages"("subject", "created_at", "id");

-- CreateIndex
CREATE INDEX "retention_holds_package_id_idx" ON "retention_holds"("package_id");

-- CreateIndex
CREATE INDEX "collections_started_at_idx" ON "collections"("started_at");

-- By hand from here: what Prisma's schema language cannot say.

-- What sweeps, previews and plans look for. The index does not know marks and holds, on purpose: a row whose indexed columns stay as they are gets its
-- next version on the same page and touches no index, which makes marking twice as fast. The price: a sweep passes what it marked before.
CREATE INDEX "retention_expiry_idx" ON "retention_state" ("current_expires_at", "package_id") WHERE "trashed_at" IS NULL AND "collected_at" IS NULL;
CREATE INDEX "retention_trash_idx" ON "retention_state" ("package_id", "purge_after") WHERE "trashed_at" IS NOT NULL AND "collected_at" IS NULL;
CREATE INDEX "retention_curated_idx" ON "retention_state" ("package_id") WHERE "curated_since" IS NOT NULL AND "collected_at" IS NULL;
CREATE INDEX "retention_collection_idx" ON "retention_state" ("collection_id") WHERE "collection_id" IS NOT NULL;
-- What collections ask of a content: does anybody rely on it, is it young, does another released file name it. Each answer comes from an index.
CREATE INDEX "files_released_idx" ON "files" ("package_id", "path") WHERE "phase" = 'released';
CREATE INDEX "files_released_content_idx" ON "files" ("sha256") WHERE "phase" = 'released';
CREATE INDEX "files_received_content_idx" ON "files" ("sha256") WHERE "phase" = 'received';
CREATE INDEX "packages_validated_idx" ON "packages" ("repository", "name", "created_at", "id")
  WHERE "validation" = 'passed' AND "wheelhouse" AND "phase" = 'finalized';
CREATE INDEX "packages_validation_idx" ON "packages" ("validation", "created_at", "id") WHERE "validation" IS NOT NULL;
CREATE INDEX "collections_open_idx" ON "collections" ("id") WHERE "completed_at" IS NULL;

-- Room on each page for the next version of a row: marking many packages then touches no index.
ALTER TABLE "packages" SET (fillfactor = 80);
ALTER TABLE "retention_state" SET (fillfactor = 80);

-- What replay would say of packages that are older than this column.
UPDATE "packages" p SET "wheelhouse" = true
  WHERE EXISTS (SELECT FROM "files" f WHERE f."package_id" = p."id" AND f."phase" = 'ingested'
    AND jsonb_path_exists(f."members", '$[*] ? (@.wheel != null)'));

DO $$
BEGIN
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'muniment_service') THEN
    GRANT SELECT, INSERT, UPDATE, DELETE ON "retention_holds", "collections", "storage_ledger" TO "muniment_service";
  END IF;
END
$$;
