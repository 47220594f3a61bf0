import {
  assertMay,
  assertOpenFor,
  mayAnywhere,
  parseFilePath,
  Refusal,
  type BlobIdentity,
  type FilePath,
  type FileView,
  type Principal,
  type Sha256,
} from '@muniment/domain';
import { identify, mediaTypeFor } from '@muniment/formats';
import { stagingKey, type SmallStaging, type StagingArea } from '../ports/blob-store.js';
import type { Ids } from '../ports/clock.js';
import type { StreamDigest, StreamDigests } from '../ports/stream-digests.js';
import type { PackageStates } from '../ports/views.js';
import type { CommitFile, CommittedFile } from './commit-file.js';
import type { RememberingLog } from './remembering-log.js';

export interface PutFileRequest {
  readonly caller: Principal;
  readonly packageId: string;
  readonly path: string;
  readonly mediaType: string | null;
  /** Content-Length, when the client said it. */
  readonly declaredSize: number | null;
  /** From Repr-Digest or Content-Digest (RFC 9530), when the client sent one. */
  readonly declaredSha256: Sha256 | null;
  readonly body: AsyncIterable<Uint8Array>;
  readonly signal?: AbortSignal;
  readonly traceparent: string | null;
}

interface Staged {
  readonly key: string;
  readonly identity: BlobIdentity;
  /** When the last byte had come and none of the store's work on it had begun, in milliseconds by this machine's time. */
  readonly at: number;
}

/** Bytes that arrive and are stored before anybody notices. */
const quickBytes = 256 * 1024;

/** Single-shot upload: digests what streams by while it goes to staging, then commits. Memory does not grow with the file. */
export class PutFile {
  constructor(
    private readonly states: PackageStates,
    private readonly staging: StagingArea & { readonly small: SmallStaging | null },
    private readonly commitFile: CommitFile,
    private readonly ids: Ids,
    private readonly maxBytes: number,
    private readonly digests: StreamDigests,
    private readonly memory: Pick<RememberingLog, 'freeAt'>,
  ) {}

  async execute(request: PutFileRequest): Promise<CommittedFile> {
    const { caller, packageId, traceparent } = request;
    const path = parseFilePath(request.path);
    const { view, small } = await this.admitBeside(request, path);
    const fileId = this.ids.next();
    const { key, identity, at } = small ?? (await this.stage(stagingKey(fileId), request));
    return this.commitFile.execute({
      caller,
      packageId,
      fileId,
      path,
      mediaType: request.mediaType ?? mediaTypeFor(path),
      identity,
      witness: 'stream',
      stagingKey: key,
      stagedAt: at,
      // What was read before a long transfer is most likely outdated: to decide on it would cost a failed append.
      ...(identity.size <= quickBytes ? { view } : {}),
      traceparent,
    });
  }

  /** Small bytes are here as soon as the answer whether they may come: they are staged beside that question, and given up when the answer is no. */
  private async admitBeside(request: PutFileRequest, path: FilePath): Promise<{ readonly view: FileView; readonly small: Staged | null }> {
    const [admitted, staged] = await Promise.allSettled([this.admit(request, path), this.stageSmall(request)]);
    if (admitted.status === 'fulfilled') {
      if (staged.status === 'rejected') throw staged.reason;
      return { view: admitted.value, small: staged.value };
    }
    if (staged.status === 'fulfilled' && staged.value !== null) await this.staging.discard(staged.value.key);
    throw admitted.reason;
  }

  /** The package and what stands at the path, when the caller may put a file there. Of a small file, whose commit comes next, what is remembered is enough. */
  private async admit({ caller, packageId, declaredSize }: PutFileRequest, path: FilePath): Promise<FileView> {
    const isQuick = declaredSize !== null && declaredSize <= quickBytes;
    const view = (isQuick ? this.memory.freeAt(packageId, path) : null) ?? (await this.states.fileAt(packageId, path));
    if (!view) throw new Refusal('package_not_found', `There is no package ${packageId}.`);
    assertMay(caller, 'write', view.package.description.repository);
    assertOpenFor(view, path);
    if (declaredSize !== null && declaredSize > this.maxBytes) throw tooLarge(this.maxBytes);
    return view;
  }

  /** A small file is complete before it is staged, so one that is refused leaves nothing. Null: not known to be small. */
  private async stageSmall({ caller, declaredSize, declaredSha256, body, signal }: PutFileRequest): Promise<Staged | null> {
    const { small } = this.staging;
    if (small === null || declaredSize === null || declaredSize > Math.min(small.maxBytes, this.maxBytes)) return null;
    // Who writes nowhere puts nothing on the disk, not for a moment.
    if (!mayAnywhere(caller, 'write')) return null;
    const bytes = await wholeOf(body, small.maxBytes);
    signal?.throwIfAborted();
    const identity = identify(bytes);
    assertDeclared(identity, declaredSize, declaredSha256);
    const at = Date.now();
    return { key: await small.stageSmall(bytes), identity, at };
  }

  private async stage(key: string, request: PutFileRequest): Promise<Staged> {
    const digest = this.digests.begin(request.declaredSize);
    try {
      return await this.witness(key, digest, request);
    } finally {
      digest.end();
    }
  }

  private async witness(key: string, digest: StreamDigest, request: PutFileRequest): Promise<Staged> {
    const options = request.signal ? { signal: request.signal } : {};
    let at = 0;
    const body = witnessed(request.body, digest, this.maxBytes, () => (at = Date.now()));
    const { size } = await this.staging.stage(key, body, options);
    try {
      const identity = await digest.finish();
      assertDeclared(identity, request.declaredSize, request.declaredSha256);
      if (size !== identity.size) throw new Error(`the store acknowledged ${size} of ${identity.size} bytes`);
      return { key, identity, at };
    } catch (error) {
      await this.staging.discard(key);
      throw error;
    }
  }
}

/** Refuses bytes that are not what the client declared them to be. */
export function assertDeclared(identity: BlobIdentity, size: number | null, sha256: Sha256 | null): void {
  if (size !== null && identity.size !== size) {
    throw new Refusal('size_mismatch', `Received ${identity.size} bytes where ${size} were declared. Send the file again.`, {
      declared: size,
      received: identity.size,
    });
  }
  if (sha256 !== null && identity.sha256 !== sha256) {
    throw new Refusal('digest_mismatch', 'The received bytes do not have the declared SHA-256. Send the file again.', {
      declared: sha256,
      received: identity.sha256,
    });
  }
}

/** All bytes of a body that was declared to hold no more than `maxBytes`. */
async function wholeOf(body: AsyncIterable<Uint8Array>, maxBytes: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > maxBytes) throw tooLarge(maxBytes);
    chunks.push(chunk);
  }
  const [only] = chunks;
  return chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks);
}

async function* witnessed(
  body: AsyncIterable<Uint8Array>,
  digest: StreamDigest,
  maxBytes: number,
  ended: () => void,
): AsyncIterable<Uint8Array> {
  for await (const chunk of body) {
    if (digest.size + chunk.length > maxBytes) throw tooLarge(maxBytes);
    const taken = digest.update(chunk);
    // Only when there is something to wait for: a large body has very many chunks.
    if (taken !== undefined) await taken;
    yield chunk;
  }
  ended();
}

function tooLarge(maxBytes: number): Refusal {
  return new Refusal('body_too_large', `A file may hold at most ${maxBytes} bytes here.`, { max_bytes: maxBytes });
}
