-- CreateTable
CREATE TABLE "retention_classes" (
    "name" TEXT NOT NULL,
    "default_duration_seconds" BIGINT,

    CONSTRAINT "retention_classes_pkey" PRIMARY KEY ("name")
);

-- What Prisma cannot say.

-- The shipped classes; the retention service writes those of the operator's policy when it starts.
INSERT INTO "retention_classes" ("name", "default_duration_seconds") VALUES
  ('transient', 604800),
  ('raw-evidence', 2592000),
  ('summary-evidence', 31536000),
  ('release-evidence', 220752000),
  ('permanent-record', NULL);

DO $$
BEGIN
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'muniment_service') THEN
    GRANT SELECT, INSERT, UPDATE, DELETE ON "retention_classes" TO "muniment_service";
  END IF;
END
$$;
