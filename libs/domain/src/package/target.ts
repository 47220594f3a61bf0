import { platformOfTarget } from './artifact-name.js';

/** What a build was made for, as package metadata names it (ING-11). */
export interface TargetFacts {
  /** As CI names it: a Rust target triple, or another word of its own. */
  readonly target: string;
  readonly platform?: string;
  readonly arch?: string;
}

/** First match wins; spellings of Rust, Python wheels and Node. */
const architectures: readonly (readonly [RegExp, string])[] = [
  [/universal2/, 'universal2'],
  [/aarch64|arm64/, 'aarch64'],
  [/x86_64|amd64|(?:^|[^a-z0-9])x64/, 'x86_64'],
  [/i[3-6]86/, 'i686'],
  [/armv?[67]/, 'armv7'],
  [/p(?:ower)?pc64le/, 'ppc64le'],
  [/s390x/, 's390x'],
  [/riscv64/, 'riscv64'],
];

/** Platform (`linux`, `musllinux`, `windows`, `macos`) and architecture of a target; what its name does not tell is absent. */
export function targetFacts(target: string): TargetFacts {
  const platform = platformOfTarget(target);
  const arch = architectures.find(([pattern]) => pattern.test(target))?.[1];
  return { target, ...(platform === 'other' ? {} : { platform }), ...(arch === undefined ? {} : { arch }) };
}

/** Metadata in which a target is followed by what it means, so that both can be filtered by. What the pusher says itself stays as said. */
export function withTargetFacts(metadata: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const { target } = metadata;
  return target === undefined ? metadata : { ...targetFacts(target), ...metadata };
}
