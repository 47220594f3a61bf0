-- AlterTable
ALTER TABLE "upload_sessions" ADD COLUMN "unproven_from" BIGINT;
