-- By hand: what Prisma's schema language cannot say.

-- Bytes that the object store lost or changed are counted at every scrape. These hold nothing else, and cost other rows nothing.
-- Appends wait while the log is read once for the first.
CREATE INDEX "events_storage_faults_idx" ON "events" ("type") WHERE "type" IN ('v1.storage.corruption_detected', 'v1.storage.bytes_missing');
CREATE INDEX "files_storage_faults_idx" ON "files" ("package_id")
  WHERE "phase" = 'refused' AND "refusal_code" IN ('stored_bytes_differ', 'stored_bytes_missing');
