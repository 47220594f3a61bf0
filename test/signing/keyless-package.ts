import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openKeyring, TimestampAuthority, type OpenedKeyring } from '@muniment/signing';
import { TestArchive } from '../application/archive.js';
import type { RunningSigstore, TrustedRootDocument } from '../stack/sigstore.js';

/** Who the archive of these specs signs as. */
export const identity = 'https://kubernetes.io/namespaces/muniment/serviceaccounts/signer';

export interface KeylessEntry {
  readonly fulcioUrl?: string;
  /** Null: no log. */
  readonly rekorUrl?: string | null;
  readonly token?: string;
  readonly identity?: string;
  readonly issuer?: string;
}

/** The `[[key]]` of a keyless signer; its token lies in the file `token` beside it. */
export function keylessEntry(sigstore: RunningSigstore, change: KeylessEntry = {}): string {
  const rekorUrl = change.rekorUrl === undefined ? sigstore.rekorUrl : change.rekorUrl;
  return [
    '[[key]]',
    'name = "archive"',
    'purpose = "attestation"',
    'driver = "keyless"',
    `fulcio_url = "${change.fulcioUrl ?? sigstore.fulcioUrl}"`,
    ...(rekorUrl === null ? [] : [`rekor_url = "${rekorUrl}"`]),
    'identity_token_file = "token"',
    `identity = "${change.identity ?? identity}"`,
    `issuer = "${change.issuer ?? sigstore.provider.kubernetesIssuer}"`,
    '',
  ].join('\n');
}

export interface KeylessArchive {
  readonly folder: string;
  readonly archive: TestArchive;
  readonly write: (name: string, content: string | Uint8Array) => string;
  /** Opens the keyring anew. */
  readonly open: (change?: KeylessEntry) => Promise<OpenedKeyring>;
  /** A finalized package that waits for its statements. */
  readonly finalized: () => Promise<string>;
  readonly attest: (packageId: string, keyring: OpenedKeyring) => Promise<unknown>;
  /** Evidence of a package by name. */
  readonly evidence: (packageId: string) => Promise<ReadonlyMap<string, Buffer>>;
  readonly remove: () => void;
}

/** An archive in memory that signs with a Sigstore of its own. */
export function keylessArchive(sigstore: RunningSigstore): KeylessArchive {
  const folder = mkdtempSync(join(tmpdir(), 'muniment-keyless-'));
  const write = (name: string, content: string | Uint8Array): string => {
    writeFileSync(join(folder, name), content, { mode: 0o600 });
    return join(folder, name);
  };
  const archive = new TestArchive();
  return {
    folder,
    archive,
    write,
    open: (change = {}) => {
      write('token', `${change.token ?? sigstore.provider.serviceAccountToken('muniment', 'signer')}\n`);
      write('keyring.toml', keylessEntry(sigstore, change));
      return openKeyring(folder);
    },
    finalized: async () => {
      const id = await archive.open('acme/widgets', 'raw-evidence', '1.0');
      await archive.put(id, { path: 'widgets.bin', content: 'the bytes of a release' });
      await archive.requestFinalization(id);
      archive.keyring.trouble = 'none valid';
      await archive.settle().catch(() => undefined);
      return id;
    },
    attest: (id, keyring) => archive.attest({ keyring, timestamps: new TimestampAuthority(sigstore.tsaUrl) }).execute(id, null),
    evidence: async (id) => {
      const found = new Map<string, Buffer>();
      for (const { name, sha256 } of await archive.world.attestations.evidence(id)) {
        const pieces: Buffer[] = [];
        for await (const piece of ((await archive.store.openBlob(sha256))?.stream ?? []) as AsyncIterable<Buffer>) pieces.push(piece);
        found.set(name, Buffer.concat(pieces));
      }
      return found;
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** A trusted root without what one of its lists holds, or with another's instead. */
export function changedRoot(root: TrustedRootDocument, change: Partial<TrustedRootDocument>): string {
  return JSON.stringify({ ...root, ...change });
}
