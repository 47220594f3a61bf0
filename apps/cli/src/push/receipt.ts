import type { PackageAnswer } from '@muniment/contracts';
import { humanSize } from '../output.js';
import { pointerLines } from '../pointer/pointer-lines.js';
import type { WrittenPointer } from '../pointer/write-pointer.js';

/** What a push answers; the demo and `--json` show exactly this. */
export interface Receipt {
  readonly package_id: string;
  readonly state: PackageAnswer['state'];
  readonly manifest_digest: string | null;
  /** Position of the finalizing event in the log; null before finalization, and for tokens that may not read events. */
  readonly sequence: number | null;
  readonly repository: string;
  readonly name: string;
  readonly run_id: string | null;
  readonly retention_class: string;
  readonly expires_at: string | null;
  /** True when an earlier push had already archived exactly this. */
  readonly reused: boolean;
  readonly files: readonly ReceiptFile[];
  readonly notices: readonly string[];
  /** What was written for git to keep; null when nothing was to be. */
  readonly pointer: WrittenPointer | null;
}

export interface ReceiptFile {
  readonly path: string;
  readonly size: number;
  readonly sha256: string;
  readonly blake3: string | null;
  readonly media_type: string;
  readonly state: string;
  /** What the archive found inside; empty for files that are no wheelhouse. */
  readonly members: NonNullable<PackageAnswer['files'][number]['members']>;
}

export function receiptOf(pkg: PackageAnswer, course: Pick<Receipt, 'sequence' | 'reused' | 'notices' | 'pointer'>): Receipt {
  return {
    package_id: pkg.id,
    state: pkg.state,
    manifest_digest: pkg.manifest_digest ?? null,
    sequence: course.sequence,
    repository: pkg.repository,
    name: pkg.name,
    run_id: pkg.run?.id ?? null,
    retention_class: pkg.retention.retention_class,
    expires_at: pkg.retention.current_expires_at,
    reused: course.reused,
    files: pkg.files.map((f) => ({
      path: f.path,
      size: f.size,
      sha256: f.sha256,
      blake3: f.blake3,
      media_type: f.media_type,
      state: f.state,
      members: f.members ?? [],
    })),
    notices: course.notices,
    pointer: course.pointer,
  };
}

export function receiptLines(receipt: Receipt): readonly string[] {
  const run = receipt.run_id === null ? '' : `, run ${receipt.run_id}`;
  const verb = receipt.state === 'created' ? 'Uploaded, not finalized' : receipt.reused ? 'Already archived' : 'Archived';
  const kept = receipt.expires_at === null ? 'for ever' : `until ${receipt.expires_at}`;
  const widest = Math.max(...receipt.files.map((f) => f.path.length));
  return [
    `${verb}: ${receipt.repository} ${receipt.name}${run}`,
    `  package   ${receipt.package_id}`,
    ...(receipt.manifest_digest === null ? [] : [`  manifest  ${receipt.manifest_digest}`]),
    ...(receipt.sequence === null ? [] : [`  sequence  ${receipt.sequence}`]),
    `  kept      ${kept} (${receipt.retention_class})`,
    ...receipt.files.flatMap((f) => [
      `  ${f.path.padEnd(widest)}  ${humanSize(f.size).padStart(9)}  sha256 ${f.sha256}`,
      ...(f.members.length === 0 ? [] : [`  ${''.padEnd(widest)}  ${`${f.members.length} members`.padStart(9)}`]),
    ]),
    ...receipt.notices.map((n) => `  note: ${n}`),
    ...(receipt.pointer === null ? [] : pointerLines(receipt.pointer)),
    ...(receipt.state === 'finalized' ? [`Check it any time: muniment verify ${receipt.package_id}`] : []),
  ];
}
