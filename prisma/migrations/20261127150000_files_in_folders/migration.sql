-- By hand: Prisma's schema language cannot say the collation. Sorted by bytes, whatever the database is, the index finds what lies in a folder.

CREATE INDEX "files_package_id_path_idx" ON "files"("package_id", "path" COLLATE "C");
