-- CreateTable
CREATE TABLE "log_tree" (
    "id" BOOLEAN NOT NULL DEFAULT true,
    "size" BIGINT NOT NULL DEFAULT 0,

    CONSTRAINT "log_tree_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "log_tiles" (
    "level" INTEGER NOT NULL,
    "index" BIGINT NOT NULL,
    "hashes" BYTEA NOT NULL,

    CONSTRAINT "log_tiles_pkey" PRIMARY KEY ("level","index")
);

-- CreateTable
CREATE TABLE "log_checkpoints" (
    "id" BIGSERIAL NOT NULL,
    "size" BIGINT NOT NULL,
    "root" BYTEA NOT NULL,
    "note" TEXT NOT NULL,
    "signed_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "log_checkpoints_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "log_cosignatures" (
    "checkpoint_id" BIGINT NOT NULL,
    "witness" TEXT NOT NULL,
    "line" TEXT NOT NULL,

    CONSTRAINT "log_cosignatures_pkey" PRIMARY KEY ("checkpoint_id","witness")
);

-- CreateIndex
CREATE INDEX "log_checkpoints_size_id_idx" ON "log_checkpoints"("size", "id");

-- AddForeignKey
ALTER TABLE "log_cosignatures" ADD CONSTRAINT "log_cosignatures_checkpoint_id_fkey" FOREIGN KEY ("checkpoint_id") REFERENCES "log_checkpoints"("id") ON DELETE NO ACTION ON UPDATE NO ACTION;



-- By hand from here: what Prisma's schema language cannot say.

INSERT INTO "log_tree" ("id") VALUES (true);
ALTER TABLE "log_tree" ADD CONSTRAINT "log_tree_one_row" CHECK ("id");
ALTER TABLE "log_tiles" ADD CONSTRAINT "log_tiles_whole_hashes"
  CHECK (octet_length("hashes") BETWEEN 32 AND 8192 AND octet_length("hashes") % 32 = 0 AND "level" BETWEEN 0 AND 7 AND "index" >= 0);
-- Hashes do not compress.
ALTER TABLE "log_tiles" ALTER COLUMN "hashes" SET STORAGE EXTERNAL;

-- A tile may only get longer, the tree only larger: nothing that was hashed is ever hashed anew.
CREATE FUNCTION "refuse_change_of_tile"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW."level" <> OLD."level" OR NEW."index" <> OLD."index" OR octet_length(NEW."hashes") < octet_length(OLD."hashes")
    OR substring(NEW."hashes" FOR octet_length(OLD."hashes")) <> OLD."hashes" THEN
    RAISE EXCEPTION 'the event log is append-only: tile %/% may only grow', OLD."level", OLD."index" USING ERRCODE = 'MU001';
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER "log_tiles_grow_only" BEFORE UPDATE ON "log_tiles" FOR EACH ROW EXECUTE FUNCTION "refuse_change_of_tile"();
CREATE TRIGGER "log_tiles_stay" BEFORE DELETE OR TRUNCATE ON "log_tiles"
  FOR EACH STATEMENT EXECUTE FUNCTION "refuse_change_of_log"();

CREATE FUNCTION "refuse_shrinking_of_tree"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW."size" < OLD."size" THEN
    RAISE EXCEPTION 'the event log is append-only: its tree may only grow' USING ERRCODE = 'MU001';
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER "log_tree_grow_only" BEFORE UPDATE ON "log_tree" FOR EACH ROW EXECUTE FUNCTION "refuse_shrinking_of_tree"();
CREATE TRIGGER "log_tree_stays" BEFORE DELETE OR TRUNCATE ON "log_tree"
  FOR EACH STATEMENT EXECUTE FUNCTION "refuse_change_of_log"();
CREATE TRIGGER "log_checkpoints_immutable" BEFORE UPDATE OR DELETE OR TRUNCATE ON "log_checkpoints"
  FOR EACH STATEMENT EXECUTE FUNCTION "refuse_change_of_log"();
CREATE TRIGGER "log_cosignatures_immutable" BEFORE UPDATE OR DELETE OR TRUNCATE ON "log_cosignatures"
  FOR EACH STATEMENT EXECUTE FUNCTION "refuse_change_of_log"();

DO $$
BEGIN
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'muniment_service') THEN
    GRANT SELECT, UPDATE ON "log_tree" TO "muniment_service";
    GRANT SELECT, INSERT, UPDATE ON "log_tiles" TO "muniment_service";
    GRANT SELECT, INSERT ON "log_checkpoints", "log_cosignatures" TO "muniment_service";
    GRANT USAGE ON SEQUENCE "log_checkpoints_id_seq" TO "muniment_service";
  END IF;
END
$$;
