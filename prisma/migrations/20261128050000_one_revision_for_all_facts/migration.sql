-- No event is of both types that may be overlooked. A process from before those columns, which moves the revision alone, would let facts be overlooked that must be
-- seen: it fails instead.
ALTER TABLE "retention_state" ADD CONSTRAINT "retention_state_revisions_check"
CHECK ("revision" = greatest("revision_without_received", "revision_without_ingested"));
