import type { FileAnswer, PackageAnswer } from '@muniment/contracts';
import type { PackageView, WholePackage } from '@muniment/application';
import type { FileState, WheelFacts } from '@muniment/domain';
import { retentionAnswer } from './retention-answer.js';

/** Package without its files, as lists show it. */
export function packageSummary({ state, retention }: PackageView): Omit<PackageAnswer, 'files'> {
  const { description, phase, revision, finalizeRequested, manifestDigest } = state;
  const { package_id, metadata, run, ...facts } = description;
  return {
    id: package_id,
    state: phase,
    revision,
    ...facts,
    run: run && { ...run },
    metadata: { ...metadata },
    finalize_requested: finalizeRequested,
    ...(manifestDigest === null ? {} : { manifest_digest: manifestDigest }),
    retention: retentionAnswer(retention),
  };
}

export function packageAnswer(pkg: WholePackage): PackageAnswer {
  return { ...packageSummary(pkg), files: pkg.files.map(fileAnswer) };
}

function fileAnswer(file: FileState): FileAnswer {
  const { path, phase, size, sha256, blake3, mediaType, origin, memberCount, members, wheel, refusal } = file;
  return {
    path,
    state: phase,
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
