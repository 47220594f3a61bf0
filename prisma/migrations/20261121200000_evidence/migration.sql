-- CreateTable
CREATE TABLE "attestation_due" (
    "package_id" UUID NOT NULL,
    "statement" TEXT NOT NULL,
    "about_revision" INTEGER NOT NULL,
    "failure_code" TEXT,
    "failed_at" TIMESTAMPTZ(3),

    CONSTRAINT "attestation_due_pkey" PRIMARY KEY ("package_id","statement","about_revision")
);

-- CreateTable
CREATE TABLE "evidence" (
    "package_id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "media_type" TEXT NOT NULL,
    "sha256" TEXT NOT NULL,
    "blake3" TEXT NOT NULL,
    "size" BIGINT NOT NULL,
    "made_at" TIMESTAMPTZ(3) NOT NULL,
    "attestation_id" UUID,
    "statement" TEXT,
    "part" INTEGER,
    "parts" INTEGER,
    "predicate_type" TEXT,
    "about_revision" INTEGER,
    "key_id" TEXT,
    "path" TEXT,
    "file_sha256" TEXT,
    "subjects" JSONB,
    "relayed_check" JSONB,

    CONSTRAINT "evidence_pkey" PRIMARY KEY ("package_id","name")
);

-- CreateTable
CREATE TABLE "signing_keys" (
    "id" UUID NOT NULL,
    "revision" INTEGER NOT NULL,
    "key_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "purpose" TEXT NOT NULL,
    "algorithm" TEXT NOT NULL,
    "public_key" TEXT NOT NULL,
    "not_before" TIMESTAMPTZ(3),
    "not_after" TIMESTAMPTZ(3),
    "announced_at" TIMESTAMPTZ(3) NOT NULL,
    "compromised_at" TIMESTAMPTZ(3),

    CONSTRAINT "signing_keys_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "evidence_sha256_idx" ON "evidence"("sha256");

-- CreateIndex
CREATE UNIQUE INDEX "signing_keys_key_id_key" ON "signing_keys"("key_id");

-- By hand from here: what Prisma's schema language cannot say.

-- What replay would say of packages that are older than the signer: it owes them their statements.
INSERT INTO "attestation_due" ("package_id", "statement", "about_revision")
  SELECT e."subject_id", s."statement", e."revision" FROM "events" e JOIN "packages" p ON p."id" = e."subject_id"
  CROSS JOIN (VALUES ('archive-receipt', 'v1.package.finalized', false), ('release', 'v1.package.finalized', true),
    ('test-result', 'v1.package.validated', false), ('verification-summary', 'v1.package.validated', false)) s ("statement", "type", "versioned")
  WHERE e."type" = s."type" AND (NOT s."versioned" OR p."description" ->> 'version' IS NOT NULL);

-- Rows come and go with every package: clean up soon.
ALTER TABLE "attestation_due" SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000);

DO $$
BEGIN
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'muniment_service') THEN
    GRANT SELECT, INSERT, UPDATE, DELETE ON "attestation_due", "evidence", "signing_keys" TO "muniment_service";
  END IF;
END
$$;
