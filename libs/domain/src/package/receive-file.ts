import type { ClaimedIdentity } from '../digest.js';
import type { DecisionContext } from '../event.js';
import { Refusal } from '../errors.js';
import type { FileReceived, MetaDeclaration, Witness } from './events.js';
import { assertMetaAgrees } from './meta-agreement.js';
import type { FilePath } from './path.js';
import type { FileView } from './state.js';

export interface ReceiveFile extends ClaimedIdentity {
  readonly fileId: string;
  readonly path: FilePath;
  readonly mediaType: string;
  readonly witness: Witness;
  readonly stagingKey: string | null;
  readonly declares: MetaDeclaration | null;
}

/**
 * Refuses early what {@link receiveFile} would refuse whatever the bytes turn out to be, so that nobody uploads gigabytes for a "no".
 * A path that already holds a file stays open here: the same bytes again are welcome.
 */
export function assertOpenFor(view: Pick<FileView, 'package' | 'file' | 'inTheWay'>, path: string): void {
  const { package: pkg, file, inTheWay } = view;
  const replacesRefused = file?.phase === 'refused';
  const repeats = file?.phase === 'received' || file?.phase === 'ingested';
  if (repeats) return;
  if (pkg.phase !== 'created' || (pkg.finalizeRequested && !replacesRefused)) {
    throw new Refusal('package_not_open', `Package ${pkg.description.package_id} takes no more files; create another package for ${path}.`);
  }
  if (inTheWay !== null) {
    throw new Refusal('path_conflict', `${path} and ${inTheWay} cannot both be: one would be a folder of the other. Use another path.`, {
      path,
      other_path: inTheWay,
    });
  }
}

/**
 * What may have come since the view that {@link receiveFile} decided on. A file that was verified meanwhile keeps its path, its digests and what it declares. One
 * that was refused does not, nor is a package open after just anything: those are to be seen.
 */
export const receivedOverlooks = 'v1.file.ingested';

/** The first witness's fact, or nothing when the same bytes already stand at that path. Other bytes there: `path_conflict`. */
export function receiveFile(view: FileView, command: ReceiveFile, { now }: DecisionContext): readonly FileReceived[] {
  const { file, counterpart } = view;
  if (file?.phase === 'received' || file?.phase === 'ingested') {
    if (file.sha256 === command.sha256) return [];
    throw new Refusal('path_conflict', `${command.path} already holds other bytes. Use another path or another package.`, {
      path: command.path,
      sha256: file.sha256,
    });
  }
  assertOpenFor(view, command.path);
  if (counterpart !== null && counterpart.phase !== 'refused') {
    if (command.declares) assertMetaAgrees(command.declares, counterpart.path, counterpart);
    if (counterpart.declares) assertMetaAgrees(counterpart.declares, command.path, command);
  }
  const { fileId, path, size, sha256, blake3, mediaType, witness, stagingKey, declares } = command;
  return [
    {
      type: 'v1.file.received',
      payload: {
        file_id: fileId,
        path,
        size,
        sha256,
        blake3,
        media_type: mediaType,
        witness,
        staging_key: stagingKey,
        declares,
        received_at: now,
      },
    },
  ];
}
