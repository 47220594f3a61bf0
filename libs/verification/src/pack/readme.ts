import type { KnownKey } from '../keys/known-key.js';
import { goCheckCommand } from './go-check.js';
import { packPlaces } from './layout.js';

/** Names in the pack that the commands of its README are filled in with. */
export interface ReadmeFacts {
  readonly packageId: string;
  readonly repository: string;
  readonly name: string;
  readonly manifestDigest: string;
  readonly content: 'files' | 'digests';
  /** Paths of the package's files, with their digests (bare hexadecimal). */
  readonly files: readonly { readonly path: string; readonly sha256: string; readonly size: number }[];
  /** The archive's own bundles and envelopes, each with the file of the key that signed it; null where the pack does not hold that key. */
  readonly attestations: readonly {
    readonly place: string;
    readonly form: 'bundle' | 'envelope';
    readonly predicateType: string;
    readonly key: string | null;
    /** Signed with a certificate: no key of the archive is needed, but an authority to believe. */
    readonly certified: boolean;
    /** It bears a timestamp. */
    readonly timestamped: boolean;
  }[];
  readonly signatures: readonly { readonly place: string; readonly path: string }[];
  readonly keys: readonly KnownKey[];
  readonly releaseKeys: boolean;
  readonly log: { readonly verifierKey: string; readonly index: number } | null;
}

/** The README of a pack: what is in it, and how to check it with programs that are not ours. Every command is complete as it stands. */
export function packReadme(facts: ReadmeFacts): string {
  return [
    `# Evidence for ${facts.repository} ${facts.name}`,
    '',
    `Package \`${facts.packageId}\`, manifest \`${facts.manifestDigest}\`.`,
    facts.content === 'digests' ? 'The artifacts are not in this pack. Put them under `files/` to check them too.' : '',
    'Unpack this tar into an empty folder (`tar -xf pack.tar`) and run the commands there. Nothing needs the network but the Go module of the last section.',
    '',
    '**What it rests on.** The keys in `evidence/keys` came with the pack, and whoever made the pack could have put other keys there. Compare',
    'their fingerprints with what the operator of the archive published elsewhere before you believe anything below:',
    '',
    ...facts.keys.map(keyLine),
    '',
    ...section('The files', sums(facts)),
    ...section('Everything at once, with muniment', ['muniment verify --pack pack.tar']),
    ...section('Attestations, with openssl', facts.attestations.flatMap(opensslCommands)),
    ...section(
      'Timestamps, with openssl (tsa-root.pem: the root of the authority, which you got from elsewhere)',
      timestampCommands(facts),
    ),
    ...section('Attestations, with cosign (3.0.4 or newer)', cosignCommands(facts)),
    ...certifiedSection(facts),
    ...section('OpenPGP signatures, with gpgv, gpg or sqv', openpgpCommands(facts)),
    ...section('The log, with the reference code of Go (golang.org/x/mod/sumdb)', logCommands(facts)),
    'The formats of all these files: docs/formats/evidence-pack.md of Muniment.',
    '',
  ].join('\n');
}

function keyLine({ purpose, keyId, name, compromisedAt }: KnownKey): string {
  const line = `- ${purpose}: \`${keyId}\` (${name})`;
  if (compromisedAt === null) return line;
  return `${line}, **compromised since ${compromisedAt}**: that something verifies with it proves nothing, unless the log or a timestamp shows it to be older`;
}

function section(title: string, commands: readonly string[]): readonly string[] {
  return commands.length === 0 ? [] : [`## ${title}`, '', '```sh', ...commands, '```', ''];
}

function sums({ content }: ReadmeFacts): readonly string[] {
  return [`sha256sum --check --strict${content === 'digests' ? ' --ignore-missing' : ''} ${packPlaces.sums}`];
}

/** Takes the envelope apart and rebuilds the bytes that were signed (DSSE pre-authentication encoding). */
function opensslCommands({ place, key }: ReadmeFacts['attestations'][number]): readonly string[] {
  if (key === null) return [];
  const file = quoted(place);
  return [
    `sed -n 's/.*"payload":"\\([^"]*\\)".*/\\1/p' ${file} | base64 -d > payload.json`,
    `sed -n 's/.*"sig":"\\([^"]*\\)".*/\\1/p' ${file} | base64 -d > payload.sig`,
    `{ printf 'DSSEv1 28 application/vnd.in-toto+json %s ' "$(wc -c < payload.json | tr -d ' ')"; cat payload.json; } > payload.pae`,
    `openssl dgst -sha256 -verify ${quoted(key)} -signature payload.sig payload.pae`,
  ];
}

/** A timestamp is of the signature's bytes. */
function timestampCommands({ attestations }: ReadmeFacts): readonly string[] {
  return attestations
    .filter(({ timestamped }) => timestamped)
    .flatMap(({ place }) => [
      `sed -n 's/.*"sig":"\\([^"]*\\)".*/\\1/p' ${quoted(place)} | base64 -d > payload.sig`,
      `sed -n 's/.*"signedTimestamp":"\\([^"]*\\)".*/\\1/p' ${quoted(place)} | base64 -d > signature.tsr`,
      'openssl ts -verify -data payload.sig -in signature.tsr -CAfile tsa-root.pem',
    ]);
}

/** By digest: cosign reads no file of more than 128 MiB, and needs none. */
function cosignCommands({ attestations, files }: ReadmeFacts): readonly string[] {
  const [file] = files;
  if (file === undefined) return [];
  return attestations.flatMap(({ place, form, predicateType, key }) =>
    form !== 'bundle' || key === null
      ? []
      : [
          `cosign verify-blob-attestation --key ${quoted(key)} --bundle ${quoted(place)} --insecure-ignore-tlog --type ${quoted(predicateType)} ` +
            `--digest ${file.sha256} --digestAlg sha256`,
        ],
  );
}

/** What to put in for the three variables can only come from elsewhere: what a pack says of them would prove nothing. */
function certifiedSection({ attestations, files }: ReadmeFacts): readonly string[] {
  const [file] = files;
  const certified = attestations.filter((one) => one.certified);
  if (file === undefined || certified.length === 0) return [];
  const trust = '--trusted-root "$TRUSTED_ROOT" --certificate-identity "$IDENTITY" --certificate-oidc-issuer "$ISSUER"';
  return [
    '## Attestations with a certificate, with cosign',
    '',
    'No key of the archive signed these, but an identity. Set `TRUSTED_ROOT` (a file), `IDENTITY` and `ISSUER` to what the operator of the archive published',
    'elsewhere. Leave out `--insecure-ignore-sct` when the root names a certificate transparency log, and add `--insecure-ignore-tlog` when it names no log at all.',
    '',
    '```sh',
    ...certified.map(
      ({ place, predicateType }) =>
        `cosign verify-blob-attestation ${trust} --use-signed-timestamps --insecure-ignore-sct --bundle ${quoted(place)} ` +
        `--type ${quoted(predicateType)} --digest ${file.sha256} --digestAlg sha256`,
    ),
    '```',
    '',
    'Or everything at once: `muniment verify --pack pack.tar --trusted-root "$TRUSTED_ROOT" --identity "$IDENTITY" --issuer "$ISSUER"`.',
    '',
  ];
}

function openpgpCommands({ signatures, releaseKeys }: ReadmeFacts): readonly string[] {
  if (!releaseKeys) return [];
  return signatures.flatMap(({ place, path }) => {
    const [asc, file] = [quoted(place), quoted(packPlaces.files + path)];
    return [`gpgv --keyring ./${packPlaces.keys}release.gpg ${asc} ${file}`, `sqv --keyring ${packPlaces.keys}release.asc ${asc} ${file}`];
  });
}

/** Go loads golang.org/x/mod once; its version and digest stand in the pack. */
function logCommands({ log }: ReadmeFacts): readonly string[] {
  if (log === null) return [];
  return [
    `# The verifier key of the log: ${log.verifierKey}`,
    `# The entry at index ${log.index} names this package and the digest of its manifest:`,
    `grep -a -o 'sha256:[0-9a-f]*' ${packPlaces.entry}`,
    goCheckCommand,
  ];
}

/** For a POSIX shell: paths of a package may hold anything but control characters. */
export function quoted(text: string): string {
  return /^[A-Za-z0-9@%+=:,./_-]+$/.test(text) && !text.startsWith('-') ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
