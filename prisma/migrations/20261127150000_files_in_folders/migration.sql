-- By hand: what Prisma's schema language cannot say. Finds what lies in a folder. Sorted by bytes, whatever the collation of the database is; a file that lies in none
-- costs nothing here.

CREATE INDEX "files_in_folders_idx" ON "files"("package_id", "path" COLLATE "C") WHERE "path" LIKE '%/%';
