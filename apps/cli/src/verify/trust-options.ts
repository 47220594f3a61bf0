import { PinError, pinnedCertificate, pinnedIdentity, type KeptCheckpoint, type Pins } from '@muniment/verification';
import { CliError } from '../exit-codes.js';
import { keyLinesIn, readGiven } from '../log/log-evidence.js';
import { witnessPinsOf, type WitnessFlags } from '../log/named-witnesses.js';
import type { Surroundings } from '../surroundings.js';

/** What the user said about whom to believe. */
export interface TrustFlags extends WitnessFlags {
  readonly key?: readonly string[];
  readonly trustedRoot?: string;
  readonly identity?: string;
  readonly issuer?: string;
  readonly logKey?: readonly string[];
  readonly releaseKey?: readonly string[];
  readonly fingerprint?: readonly string[];
  readonly tsaRoot?: readonly string[];
  readonly checkpoint?: string;
  readonly require?: string;
}

/** Keys and a checkpoint that were brought along, and what must not be skipped. */
export interface Brought {
  readonly pins: Pins;
  readonly kept: KeptCheckpoint | null;
  /** Names of checks, see `isNamed`. A pinned key asks for the checks that it is for. */
  readonly demands: readonly string[];
}

export const broughtNothing: Brought = {
  pins: { attestation: [], identity: null, log: [], fingerprints: [], certificates: [] },
  kept: null,
  demands: [],
};

type Where = Pick<Surroundings, 'cwd'>;

export async function broughtBy(flags: TrustFlags, where: Where): Promise<Brought> {
  const read = (files: readonly string[] = []): Promise<readonly string[]> => Promise.all(files.map((file) => readGiven(file, where)));
  const pins: Pins = {
    attestation: await read(flags.key),
    identity: await identityBy(flags, where),
    log: await keyLinesIn(flags.logKey ?? [], where),
    fingerprints: flags.fingerprint ?? [],
    certificates: await Promise.all((await read(flags.releaseKey)).map(certificate)),
    timestampRoots: await read(flags.tsaRoot),
    witnesses: await witnessPinsOf(flags, where),
  };
  const { checkpoint } = flags;
  const kept =
    checkpoint === undefined ? null : { note: await readGiven(checkpoint, where), keptBy: `the checkpoint you kept in ${checkpoint}` };
  return { pins, kept, demands: [...demandsOf(pins, kept), ...listOf(flags.require)] };
}

/** Who brings a key expects that there is something it is good for: evidence must not vanish unnoticed. */
function demandsOf(pins: Pins, kept: KeptCheckpoint | null): readonly string[] {
  return [
    ...(pins.identity === null ? [] : ['attestation.identity']),
    ...(pins.attestation.length > 0 ? ['attestation.signature'] : []),
    ...(pins.log.length > 0 ? ['log.inclusion'] : []),
    ...(pins.fingerprints.length + pins.certificates.length > 0 ? ['openpgp.signature'] : []),
    ...((pins.timestampRoots ?? []).length > 0 ? ['attestation.timestamp'] : []),
    ...((pins.witnesses?.keys ?? []).length > 0 ? ['log.witnesses'] : []),
    ...(kept === null ? [] : ['log.consistency']),
  ];
}

/** A root without an identity would believe whomever it knows, and an identity without a root is only a name. */
async function identityBy({ trustedRoot, identity, issuer }: TrustFlags, where: Where): Promise<Pins['identity']> {
  if (trustedRoot === undefined && identity === undefined && issuer === undefined) return null;
  if (trustedRoot === undefined || identity === undefined || issuer === undefined)
    throw new CliError(
      'usage',
      'Give --trusted-root, --identity and --issuer together: who must have signed, and who is believed about it.',
    );
  try {
    return await pinnedIdentity(await readGiven(trustedRoot, where), { identity, issuer });
  } catch (error) {
    if (error instanceof PinError) throw new CliError('usage', error.message);
    throw error;
  }
}

async function certificate(armored: string): Promise<Pins['certificates'][number]> {
  try {
    return await pinnedCertificate(armored);
  } catch (error) {
    throw new CliError(
      'usage',
      `--release-key is no armored OpenPGP certificate: ${error instanceof Error ? error.message : String(error)}.`,
    );
  }
}

function listOf(text: string | undefined): readonly string[] {
  return (text ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
}
