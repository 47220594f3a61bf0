import type { BlobIdentity } from '@muniment/domain';
import { inMadeOrder, writeMeta } from '@muniment/formats';

/** What a `.meta` record says about one file (docs/formats/meta.md). Absent facts leave their line out. */
export interface MetaFacts {
  readonly name: string;
  readonly blob: BlobIdentity;
  readonly createdAt: Date;
  readonly runner?: string;
  readonly python?: string;
  readonly requirementsHash?: string;
  readonly wheels?: readonly string[];
  readonly runId?: string;
  readonly commit?: string;
}

/** The bytes of a record: the same facts give the same bytes. */
export function composeMeta(facts: MetaFacts): Uint8Array {
  const { name, blob, createdAt, runner, python, requirementsHash, wheels, runId, commit } = facts;
  const entries: readonly (readonly [string, string | undefined])[] = [
    ['name', name],
    ['sha256', blob.sha256],
    ['blake3', blob.blake3],
    ['size', String(blob.size)],
    ['created_at', `${createdAt.toISOString().slice(0, 19)}Z`],
    ['runner', runner],
    ['python', python],
    ['requirements_hash', requirementsHash],
    ['wheels', wheels?.join(',')],
    ['run_id', runId],
    ['git_commit', commit],
  ];
  return writeMeta(inMadeOrder(entries.filter((entry): entry is readonly [string, string] => entry[1] !== undefined)));
}
