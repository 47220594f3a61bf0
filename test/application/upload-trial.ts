import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { AbortUpload, AppendUpload, CompleteUpload, ExpireUploads, LiveWitnesses, OpenUpload } from '@muniment/application';
import type { FileReceived, Principal, Sha256, UploadPhase, Witness } from '@muniment/domain';
import { maxBytes, TestArchive, writer } from './archive.js';

/** What specs upload. */
export const content = 'hello, resumable world';

/** One upload session of one open package, and everything that can be done to it. */
export class UploadTrial {
  readonly archive = new TestArchive();
  readonly sessionId = '01900000-0000-7000-8000-00000000aaaa';
  /** Digests that this process has running; another object plays another process. */
  witnesses = new LiveWitnesses();
  private opened = '';

  static async begin(): Promise<UploadTrial> {
    const trial = new UploadTrial();
    trial.opened = await trial.archive.open();
    return trial;
  }

  get packageId(): string {
    return this.opened;
  }

  opener(store: ConstructorParameters<typeof OpenUpload>[3] = this.archive.store): OpenUpload {
    const { states, views, uploads, clock, locks } = this.archive.world;
    return new OpenUpload(states, views, uploads, store, this.archive.commitFile(), { maxBytes, expirySeconds: 60 }, clock, locks);
  }

  request(change: { size?: number | null; declaredSha256?: Sha256 | null; caller?: Principal; path?: string } = {}) {
    const { sessionId, packageId } = this;
    const what = { path: 'report.json', mediaType: null, size: content.length, declaredSha256: null };
    return { caller: writer, sessionId, packageId, ...what, ...change };
  }

  appender(): AppendUpload {
    const { uploads, clock, locks } = this.archive.world;
    return new AppendUpload(uploads, this.archive.store, this.witnesses, clock, locks);
  }

  append(offset: number, text: string, change: { checksum?: string; caller?: Principal } = {}): Promise<number> {
    const { checksum, caller = writer } = change;
    return this.appender().execute({
      caller,
      sessionId: this.sessionId,
      offset,
      body: Readable.from([Buffer.from(text)]),
      checksum: checksum === undefined ? null : { algorithm: 'sha256', digest: createHash('sha256').update(checksum).digest() },
    });
  }

  complete(caller: Principal = writer) {
    const { uploads, states, locks, clock } = this.archive.world;
    const useCase = new CompleteUpload(uploads, states, this.archive.store, this.witnesses, this.archive.commitFile(), clock, locks);
    return useCase.execute(this.sessionId, caller, [], null);
  }

  abort(caller: Principal = writer): Promise<void> {
    return new AbortUpload(this.archive.world.uploads, this.archive.giveUp()).execute(this.sessionId, caller);
  }

  expire(): Promise<number> {
    const { uploads, ids, clock } = this.archive.world;
    return new ExpireUploads(uploads, this.archive.giveUp(), ids, clock).execute();
  }

  async phase(): Promise<UploadPhase | undefined> {
    return (await this.archive.world.uploads.find(this.sessionId))?.phase;
  }

  /** Who spoke for the bytes first; undefined while no file stands. */
  async witness(): Promise<Witness | undefined> {
    const facts = await this.archive.facts(this.packageId);
    return facts.find((fact): fact is FileReceived => fact.type === 'v1.file.received')?.payload.witness;
  }
}
