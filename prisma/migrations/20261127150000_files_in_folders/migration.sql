-- CreateIndex
CREATE INDEX "files_package_id_path_idx" ON "files"("package_id", "path" text_pattern_ops);
