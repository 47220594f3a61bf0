import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { finalizePackage } from './finalize-package.js';
import { requestJob } from './job.js';
import { lanes } from './lanes.js';
import { jobNamed, jobs } from './registry.js';
import { verifyFile } from './verify-file.js';

const ids = {
  package_id: '01957a3e-7000-7000-8000-0000000000a1',
  file_id: '01957a3e-7000-7000-8000-0000000000f1',
  validation_id: '01957a3e-7000-7000-8000-0000000000e1',
  collection_id: '01957a3e-7000-7000-8000-0000000000c1',
};
const others = {
  package_id: '01957a3e-7000-7000-8000-0000000000a2',
  file_id: '01957a3e-7000-7000-8000-0000000000f2',
  validation_id: '01957a3e-7000-7000-8000-0000000000e2',
  collection_id: '01957a3e-7000-7000-8000-0000000000c2',
};

/** The fields of a job's payload; every payload is an object. */
function fieldsOf(schema: z.ZodType): readonly string[] {
  if (!(schema instanceof z.ZodObject)) throw new Error('a payload must be an object');
  return Object.keys(schema.shape);
}

/** A payload of the job, with its ids taken from `from`. */
function payloadOf(schema: z.ZodType, from: Readonly<Record<string, string>>): unknown {
  return schema.parse(Object.fromEntries(fieldsOf(schema).map((field) => [field, from[field]])));
}

describe('the registry of jobs', () => {
  it('names every job once, in words', () => {
    const names = jobs.map((job) => job.name);
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(name).toMatch(/^[a-z]+(-[a-z]+)*$/);
    for (const job of jobs) expect(jobNamed(job.name)).toBe(job);
    expect(jobNamed('no-such-job')).toBeUndefined();
    expect(jobNamed('toString')).toBeUndefined();
  });

  it('names lanes that queues may be called', () => {
    for (const [key, lane] of Object.entries(lanes)) {
      expect(lane.name).toBe(key);
      expect(lane.name).not.toContain(':');
      expect(lane.concurrency).toBeGreaterThan(0);
    }
  });
});

describe.each(jobs.map((job) => [job.name, job] as const))('the job %s', (_, job) => {
  it('lies in a lane that exists, is tried at least once and says what it does', () => {
    expect(Object.keys(lanes)).toContain(job.lane);
    expect(job.attempts).toBeGreaterThan(0);
    expect(job.backoffMs).toBeGreaterThan(0);
    expect(job.description).not.toBe('');
  });

  it('carries ids and digests only, and nothing it did not declare', () => {
    for (const field of fieldsOf(job.payload)) expect(field).toMatch(/_(id|digest)$/);
    expect(() => payloadOf(job.payload, ids)).not.toThrow();
    const given = payloadOf(job.payload, ids);
    expect(job.payload.safeParse({ ...Object(given), path: 'user text' }).success).toBe(false);
    for (const field of fieldsOf(job.payload))
      expect(job.payload.safeParse({ ...Object(given), [field]: 'user text' }).success).toBe(false);
  });

  it('has an id that BullMQ takes: the same for the same work, another for other work', () => {
    const id = job.jobId(payloadOf(job.payload, ids));
    expect(job.jobId(payloadOf(job.payload, ids))).toBe(id);
    expect(id).not.toContain(':');
    expect(id).not.toMatch(/^\d+$/);
    expect(id.startsWith(job.name)).toBe(true);
    const other = job.jobId(payloadOf(job.payload, others));
    if (fieldsOf(job.payload).length > 0) expect(other).not.toBe(id);
  });
});

describe('a requested job', () => {
  it('carries the id of its payload and the trace to continue', () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const payload = { package_id: ids.package_id, file_id: ids.file_id };
    const request = requestJob(verifyFile, payload, traceparent);
    expect([request.job.name, request.id, request.payload, request.traceparent]).toEqual([
      'verify-file',
      `verify-file.${ids.file_id}`,
      payload,
      traceparent,
    ]);
    expect(requestJob(finalizePackage, { package_id: ids.package_id }, null).id).toBe(`finalize-package.${ids.package_id}`);
  });
});
