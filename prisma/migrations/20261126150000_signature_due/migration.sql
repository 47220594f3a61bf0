-- CreateTable
CREATE TABLE "signature_due" (
    "package_id" UUID NOT NULL,
    "path" TEXT NOT NULL,
    "requested_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "signature_due_pkey" PRIMARY KEY ("package_id","path")
);

-- By hand from here: what Prisma's schema language cannot say.

DO $$
BEGIN
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'muniment_service') THEN
    GRANT SELECT, INSERT, UPDATE, DELETE ON "signature_due" TO "muniment_service";
  END IF;
END
$$;
