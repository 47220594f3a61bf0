import type { Readable } from 'node:stream';
import { DataStore, Upload } from '@tus/utils';
import { assertReceiving, isOpen, parseSha256, Refusal, type UploadSession } from '@muniment/domain';
import type { Gateway } from '../../open-gateway.js';
import { packageIdOf } from '../packages/package-id.js';
import { assertStorable } from '../storable-text.js';
import type { TusLeases } from './tus-lease.js';
import { tusRequest } from './tus-request.js';
import { uploadIdOf } from './upload-id.js';

/** The archive as `@tus/server` sees it: each of its calls is one of our use cases. */
export class TusStore extends DataStore {
  override extensions = ['creation', 'creation-with-upload', 'creation-defer-length', 'termination', 'expiration', 'checksum'];

  constructor(
    private readonly gateway: Gateway,
    private readonly leases: Pick<TusLeases, 'created'>,
  ) {
    super();
  }

  override async create(upload: Upload): Promise<Upload> {
    assertStorable(upload.metadata);
    const { package_id, path, filename, sha256, filetype } = upload.metadata ?? {};
    const name = path ?? filename;
    if (!package_id || !name) {
      throw new Refusal('upload_metadata_invalid', 'Upload-Metadata needs "package_id" and "path" (or "filename").');
    }
    const session = await this.gateway.openUpload.resumable({
      caller: tusRequest().caller,
      sessionId: upload.id,
      packageId: packageIdOf(package_id),
      path: name,
      mediaType: filetype ?? null,
      size: upload.size ?? null,
      declaredSha256: sha256 ? parseSha256(sha256) : null,
    });
    await this.leases.created(session.id);
    upload.creation_date = session.createdAt;
    return upload;
  }

  /** Where the upload stands. When every byte is there but the commit was cut off, the commit is made up for first: clients take a full offset for success. */
  override async getUpload(id: string): Promise<Upload> {
    const { caller, traceparent } = tusRequest();
    const session = await this.gateway.appendUpload.status(uploadIdOf(id), caller);
    if (session.phase !== 'committed') assertReceiving(session, this.gateway.clock.now());
    if (isOpen(session) && session.size === session.offset && session.size > 0) {
      await this.gateway.completeUpload.execute(session.id, caller, [], traceparent);
    }
    return uploadOf(session);
  }

  override write(stream: Readable, id: string, offset: number): Promise<number> {
    const { caller, checksum } = tusRequest();
    return this.gateway.appendUpload.execute({ caller, sessionId: uploadIdOf(id), offset, body: stream, checksum });
  }

  override async declareUploadLength(id: string, size: number): Promise<void> {
    if (size > this.gateway.maxBytes) throw new Refusal('body_too_large', `A file may hold at most ${this.gateway.maxBytes} bytes here.`);
    await this.gateway.uploads.progress(uploadIdOf(id), { size });
  }

  override async remove(id: string): Promise<void> {
    await this.gateway.abortUpload.execute(uploadIdOf(id), tusRequest().caller);
  }

  override getExpiration(): number {
    return this.gateway.uploadExpirySeconds * 1000;
  }
}

function uploadOf(session: UploadSession): Upload {
  const { id, size, offset, phase, packageId, path, mediaType, createdAt } = session;
  return new Upload({
    id,
    ...(size === null ? {} : { size }),
    offset: phase === 'committed' && size !== null ? size : offset,
    metadata: { package_id: packageId, path, filetype: mediaType },
    creation_date: createdAt,
  });
}
