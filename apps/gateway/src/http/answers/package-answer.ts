import type { FileAnswer, PackageAnswer } from '@muniment/contracts';
import type { AttestationSummary, PackageView, WholePackage } from '@muniment/application';
import type { FileState, Instant, WheelFacts } from '@muniment/domain';
import { attestationAnswer } from './attestation-answer.js';
import { retentionAnswer } from './retention-answer.js';

/** Package without its files, as lists show it. */
export function packageSummary({ state, retention }: PackageView, now: Instant): Omit<PackageAnswer, 'files' | 'attestation'> {
  const { description, phase, revision, finalizeRequested, manifestDigest, validation } = state;
  const { package_id, metadata, run, ...facts } = description;
  return {
    id: package_id,
    state: phase,
    revision,
    ...facts,
    run: run && { ...run },
    metadata: { ...metadata },
    target: targetOf(metadata),
    finalize_requested: finalizeRequested,
    ...(manifestDigest === null ? {} : { manifest_digest: manifestDigest }),
    validation: validation && { result: validation.result, validated_at: validation.at },
    retention: retentionAnswer(retention, now),
  };
}

function targetOf({ target, platform, arch }: Readonly<Record<string, string>>): PackageAnswer['target'] {
  return target === undefined ? null : { name: target, platform: platform ?? null, arch: arch ?? null };
}

export function packageAnswer(pkg: WholePackage, now: Instant, attestation: AttestationSummary): PackageAnswer {
  return { ...packageSummary(pkg, now), attestation: attestationAnswer(attestation), files: pkg.files.map(fileAnswer) };
}

function fileAnswer(file: FileState): FileAnswer {
  const { path, phase, size, sha256, blake3, mediaType, origin, memberCount, members, wheel, refusal } = file;
  return {
    path,
    state: phase === 'released' || phase === 'removed' ? 'collected' : phase,
    size,
    sha256,
    blake3,
    media_type: mediaType,
    origin,
    ...(memberCount === 0 ? {} : { member_count: memberCount }),
    ...(members === null ? {} : { members: members.map((m) => ({ ...m, wheel: m.wheel && wheelAnswer(m.wheel) })) }),
    ...(wheel === null ? {} : { wheel: wheelAnswer(wheel) }),
    ...(refusal === null ? {} : { refusal: { ...refusal } }),
  };
}

function wheelAnswer(wheel: WheelFacts): NonNullable<FileAnswer['wheel']> {
  return { ...wheel, tags: [...wheel.tags], requires_dist: [...wheel.requires_dist] };
}
