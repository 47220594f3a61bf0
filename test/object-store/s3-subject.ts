import { randomUUID } from 'node:crypto';
import { Client } from 'minio';
import { S3Store, type S3Options } from '@muniment/object-store';
import type { ObjectStoreUnderTest } from '@muniment/testing';

export interface S3Account {
  readonly endpoint: string;
  readonly accessKey: string;
  readonly secretKey: string;
}

/** A client of the test's own, to look at the bucket from outside. */
export function outsider(account: S3Account): Client {
  const url = new URL(account.endpoint);
  return new Client({
    endPoint: url.hostname,
    port: Number(url.port),
    useSSL: false,
    region: 'us-east-1',
    accessKey: account.accessKey,
    secretKey: account.secretKey,
  });
}

/** Settings for a store in a new bucket. */
export async function newBucket(account: S3Account): Promise<S3Options> {
  const bucket = `muniment-${randomUUID()}`;
  await outsider(account).makeBucket(bucket, 'us-east-1');
  const { endpoint, accessKey, secretKey } = account;
  return { endpoint, accessKey, secretKey, bucket, region: 'us-east-1', prefix: 'archive/one/' };
}

/** The subject of the contract suite: two stores on one new bucket. The bucket goes with the server. */
export async function s3Subject(account: S3Account, overrides: Partial<S3Options> = {}): Promise<ObjectStoreUnderTest> {
  const options = { ...(await newBucket(account)), ...overrides };
  return { store: new S3Store(options), reopen: () => new S3Store(options), dispose: () => Promise.resolve() };
}

/** Ids of the open multipart uploads of one exact object name. */
export async function openUploadsOf(account: S3Account, bucket: string, name: string): Promise<string[]> {
  const ids: string[] = [];
  for await (const upload of outsider(account).listIncompleteUploads(bucket, name, true) as AsyncIterable<{ uploadId: string }>)
    ids.push(upload.uploadId);
  return ids;
}
