import { applyDecorators } from '@nestjs/common';
import { ApiQuery } from '@nestjs/swagger';
import { z } from 'zod';
import type { PackageFilter } from '@muniment/application';
import type { PackageAnswer, PackageListAnswer } from '@muniment/contracts';
import type { Instant } from '@muniment/domain';

const query = z.strictObject({
  repository: z.string().optional(),
  name: z.string().optional(),
  producer: z.string().optional(),
  subject: z.string().optional(),
  run: z.string().optional(),
  retention_class: z.string().optional(),
  state: z.enum(['created', 'finalized', 'garbage_collected']).optional(),
  /** Result of the latest validation. */
  validation: z.enum(['passed', 'failed']).optional(),
  limit: z.coerce.number().int().min(1).max(500).default(50),
  after: z.string().optional(),
});
const described: Readonly<Record<string, string>> = {
  repository: 'OWNER/NAME',
  name: 'Package name',
  producer: 'What made it',
  subject: 'What it is about',
  run: 'CI run id',
  target: 'What it was built for, e.g. x86_64-unknown-linux-gnu',
  platform: 'linux, musllinux, windows, macos',
  arch: 'x86_64, aarch64, …',
  retention_class: 'Retention class',
  state: 'created, finalized or garbage_collected',
  validation: 'Result of the latest validation: passed or failed',
  'metadata.{key}': 'Metadata with that value, e.g. metadata.target=x86_64-unknown-linux-gnu; may be repeated with other keys',
  limit: '1 to 500 (50)',
  after: '`next` of the page before',
};

/** Describes the filters in OpenAPI. */
export function PackageFilters(): MethodDecorator {
  return applyDecorators(...Object.entries(described).map(([name, description]) => ApiQuery({ name, description, required: false })));
}

/** Filters that stand in the metadata, whose index answers for them. */
const builtFor: ReadonlySet<string> = new Set(['target', 'platform', 'arch']);

const position = z.tuple([z.iso.datetime(), z.uuid()]);

/** Filters of `GET /packages`; `metadata.<key>=<value>` may be repeated. */
export function packageFilter(parameters: URLSearchParams): Omit<PackageFilter, 'repositories'> {
  const named: Record<string, string> = {};
  const metadata: Record<string, string> = {};
  for (const [key, value] of parameters) {
    if (key.startsWith('metadata.')) metadata[key.slice('metadata.'.length)] = value;
    else if (builtFor.has(key)) metadata[key] = value;
    else named[key] = value;
  }
  const { repository, name, producer, subject, run, retention_class, state, validation, limit, after } = query.parse(named);
  return {
    ...(repository === undefined ? {} : { repository }),
    ...(name === undefined ? {} : { name }),
    ...(producer === undefined ? {} : { producer }),
    ...(subject === undefined ? {} : { subject }),
    ...(run === undefined ? {} : { run }),
    ...(retention_class === undefined ? {} : { retentionClass: retention_class }),
    ...(state === undefined ? {} : { phase: state }),
    ...(validation === undefined ? {} : { validation }),
    ...(after === undefined ? {} : { before: positionOf(after) }),
    metadata,
    limit,
  };
}

function positionOf(after: string): NonNullable<PackageFilter['before']> {
  const [createdAt, id] = position.parse(Buffer.from(after, 'base64url').toString('utf8').split(' '));
  return { createdAt: createdAt as Instant, id };
}

/** One page, and where the next begins; `found` holds one more than the page when there is a next. */
export function pageOf(found: readonly Omit<PackageAnswer, 'files'>[], limit: number): PackageListAnswer {
  const packages = found.slice(0, limit);
  const last = packages.at(-1);
  const next = found.length > limit && last ? Buffer.from(`${last.created_at} ${last.id}`).toString('base64url') : null;
  return { packages, next };
}
