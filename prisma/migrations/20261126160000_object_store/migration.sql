-- CreateTable
CREATE TABLE "object_store" (
    "id" BOOLEAN NOT NULL DEFAULT true,
    "store_id" UUID NOT NULL,
    "settled" BOOLEAN NOT NULL DEFAULT false,
    "recorded_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "object_store_pkey" PRIMARY KEY ("id")
);

-- By hand from here: what Prisma's schema language cannot say.

ALTER TABLE "object_store" ADD CONSTRAINT "object_store_one_row" CHECK ("id");

DO $$
BEGIN
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'muniment_service') THEN
    GRANT SELECT, INSERT, UPDATE ON "object_store" TO "muniment_service";
  END IF;
END
$$;
