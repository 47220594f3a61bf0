-- CreateTable
CREATE TABLE "events" (
    "id" BIGSERIAL NOT NULL,
    "xid" xid8 NOT NULL DEFAULT pg_current_xact_id(),
    "type" TEXT NOT NULL,
    "time" TIMESTAMPTZ(3) NOT NULL,
    "actor" TEXT NOT NULL,
    "subject_kind" TEXT NOT NULL,
    "subject_id" UUID NOT NULL,
    "revision" INTEGER NOT NULL,
    "reason" TEXT,
    "traceparent" TEXT,
    "payload" BYTEA NOT NULL,
    "payload_digest" BYTEA NOT NULL,

    CONSTRAINT "events_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "event_sequence" (
    "sequence" BIGINT NOT NULL,
    "event_id" BIGINT NOT NULL,

    CONSTRAINT "event_sequence_pkey" PRIMARY KEY ("sequence")
);

-- CreateTable
CREATE TABLE "log_head" (
    "id" BOOLEAN NOT NULL DEFAULT true,
    "sequence" BIGINT NOT NULL DEFAULT 0,
    "floor_xid" xid8 NOT NULL DEFAULT '0'::xid8,

    CONSTRAINT "log_head_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "followers" (
    "name" TEXT NOT NULL,
    "position" BIGINT NOT NULL DEFAULT 0,
    "generation" TEXT,

    CONSTRAINT "followers_pkey" PRIMARY KEY ("name")
);

-- CreateTable
CREATE TABLE "packages" (
    "id" UUID NOT NULL,
    "revision" INTEGER NOT NULL,
    "phase" TEXT NOT NULL,
    "repository" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "producer" TEXT NOT NULL,
    "subject" TEXT,
    "run_id" TEXT,
    "retention_class" TEXT,
    "description" JSONB NOT NULL,
    "metadata" JSONB NOT NULL,
    "finalize_requested" BOOLEAN NOT NULL,
    "finalization_due" BOOLEAN NOT NULL,
    "manifest_digest" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "finalized_at" TIMESTAMPTZ(3),

    CONSTRAINT "packages_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "files" (
    "package_id" UUID NOT NULL,
    "path" TEXT COLLATE "C" NOT NULL,
    "file_id" UUID NOT NULL,
    "phase" TEXT NOT NULL,
    "size" BIGINT NOT NULL,
    "sha256" TEXT NOT NULL,
    "blake3" TEXT,
    "media_type" TEXT NOT NULL,
    "staging_key" TEXT,
    "origin" TEXT NOT NULL,
    "declares" JSONB,
    "format" TEXT NOT NULL,
    "member_count" INTEGER NOT NULL,
    "members" JSONB,
    "wheel" JSONB,
    "refusal_code" TEXT,
    "refusal_detail" TEXT,
    "backend" TEXT,
    "verified_at" TIMESTAMPTZ(3),

    CONSTRAINT "files_pkey" PRIMARY KEY ("package_id","path")
);

-- CreateTable
CREATE TABLE "blobs" (
    "sha256" TEXT NOT NULL,
    "blake3" TEXT NOT NULL,
    "size" BIGINT NOT NULL,
    "first_verified_at" TIMESTAMPTZ(3) NOT NULL,
    "retrieval_tier" TEXT NOT NULL,
    "restore_status" TEXT,

    CONSTRAINT "blobs_pkey" PRIMARY KEY ("sha256")
);

-- CreateTable
CREATE TABLE "blob_references" (
    "package_id" UUID NOT NULL,
    "path" TEXT COLLATE "C" NOT NULL,
    "sha256" TEXT NOT NULL,
    "repository" TEXT NOT NULL,

    CONSTRAINT "blob_references_pkey" PRIMARY KEY ("package_id","path")
);

-- CreateTable
CREATE TABLE "retention_state" (
    "package_id" UUID NOT NULL,
    "retention_class" TEXT NOT NULL,
    "current_expires_at" TIMESTAMPTZ(3),
    "eligible_for_deletion" BOOLEAN NOT NULL,

    CONSTRAINT "retention_state_pkey" PRIMARY KEY ("package_id")
);

-- CreateTable
CREATE TABLE "upload_sessions" (
    "id" UUID NOT NULL,
    "package_id" UUID NOT NULL,
    "path" TEXT COLLATE "C" NOT NULL,
    "media_type" TEXT NOT NULL,
    "mode" TEXT NOT NULL,
    "phase" TEXT NOT NULL,
    "size" BIGINT,
    "offset" BIGINT NOT NULL,
    "declared_sha256" TEXT,
    "staging_key" TEXT NOT NULL,
    "store_handle" TEXT,
    "created_by" TEXT NOT NULL,
    "lease_owner" TEXT,
    "leased_until" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "upload_sessions_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "api_tokens" (
    "id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "secret_digest" BYTEA NOT NULL,
    "verbs" TEXT[],
    "repositories" TEXT[],
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3),
    "revoked_at" TIMESTAMPTZ(3),

    CONSTRAINT "api_tokens_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "idempotency_keys" (
    "token_id" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "fingerprint" TEXT NOT NULL,
    "claimed_at" TIMESTAMPTZ(3) NOT NULL,
    "status" INTEGER,
    "headers" JSONB,
    "body" TEXT,

    CONSTRAINT "idempotency_keys_pkey" PRIMARY KEY ("token_id","key")
);

-- CreateIndex
CREATE INDEX "events_xid_idx" ON "events"("xid");

-- CreateIndex
CREATE UNIQUE INDEX "events_subject_id_revision_key" ON "events"("subject_id", "revision");

-- CreateIndex
CREATE UNIQUE INDEX "event_sequence_event_id_key" ON "event_sequence"("event_id");

-- CreateIndex
CREATE INDEX "packages_repository_name_created_at_idx" ON "packages"("repository", "name", "created_at");

-- CreateIndex
CREATE INDEX "packages_run_id_idx" ON "packages"("run_id");

-- CreateIndex
CREATE INDEX "packages_created_at_id_idx" ON "packages"("created_at", "id");

-- CreateIndex
CREATE UNIQUE INDEX "files_file_id_key" ON "files"("file_id");

-- CreateIndex
CREATE INDEX "files_sha256_idx" ON "files"("sha256");

-- CreateIndex
CREATE INDEX "blob_references_sha256_repository_idx" ON "blob_references"("sha256", "repository");

-- CreateIndex
CREATE UNIQUE INDEX "upload_sessions_staging_key_key" ON "upload_sessions"("staging_key");

-- CreateIndex
CREATE INDEX "upload_sessions_expires_at_idx" ON "upload_sessions"("expires_at");

-- CreateIndex
CREATE INDEX "idempotency_keys_claimed_at_idx" ON "idempotency_keys"("claimed_at");

-- AddForeignKey
ALTER TABLE "event_sequence" ADD CONSTRAINT "event_sequence_event_id_fkey" FOREIGN KEY ("event_id") REFERENCES "events"("id") ON DELETE NO ACTION ON UPDATE NO ACTION;



-- By hand from here: what Prisma's schema language cannot say.

-- Work that is still due is found without reading what is done.
CREATE INDEX "files_received_idx" ON "files" ("package_id") WHERE "phase" = 'received';
CREATE INDEX "files_staging_key_idx" ON "files" ("staging_key") WHERE "phase" = 'received';
CREATE INDEX "packages_due_idx" ON "packages" ("id") WHERE "phase" = 'created' AND "finalization_due";
CREATE INDEX "packages_metadata_idx" ON "packages" USING gin ("metadata" jsonb_path_ops);
CREATE INDEX "upload_sessions_open_idx" ON "upload_sessions" ("expires_at") WHERE "phase" IN ('initiated', 'receiving', 'pending_commit');

INSERT INTO "log_head" ("id") VALUES (true);
ALTER TABLE "log_head" ADD CONSTRAINT "log_head_one_row" CHECK ("id");

-- The log is append-only, for everybody. An own SQLSTATE class, because drivers misread the standard ones.
CREATE FUNCTION "refuse_change_of_log"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the event log is append-only: % on % refused', TG_OP, TG_TABLE_NAME USING ERRCODE = 'MU001';
END
$$;
CREATE TRIGGER "events_immutable" BEFORE UPDATE OR DELETE OR TRUNCATE ON "events"
  FOR EACH STATEMENT EXECUTE FUNCTION "refuse_change_of_log"();
CREATE TRIGGER "event_sequence_immutable" BEFORE UPDATE OR DELETE OR TRUNCATE ON "event_sequence"
  FOR EACH STATEMENT EXECUTE FUNCTION "refuse_change_of_log"();

-- Least privilege: services log in as members of this role. It can append to the log and never change it.
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'muniment_service') THEN
    BEGIN
      CREATE ROLE "muniment_service" NOLOGIN;
    EXCEPTION
      WHEN duplicate_object OR unique_violation THEN NULL; -- another database of this server made it meanwhile
      WHEN insufficient_privilege THEN
        RAISE WARNING 'may not create the role muniment_service: create it by hand and run the grants of this migration (OPERATOR.md)';
    END;
  END IF;
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'muniment_service') THEN
    GRANT USAGE ON SCHEMA public TO "muniment_service";
    GRANT SELECT, INSERT ON "events", "event_sequence" TO "muniment_service";
    GRANT USAGE ON SEQUENCE "events_id_seq" TO "muniment_service";
    GRANT SELECT, UPDATE ON "log_head" TO "muniment_service";
    GRANT SELECT, INSERT, UPDATE, DELETE ON "followers", "packages", "files", "blobs", "blob_references", "retention_state",
      "upload_sessions", "api_tokens", "idempotency_keys" TO "muniment_service";
  END IF;
END
$$;
