import type { BlobPromoter, BlobReader, ByteRange, OpenBytes, StagingArea, StoreProbe } from '@muniment/application';
import type { Sha256 } from '@muniment/domain';

/** A store that can be read but takes nothing more. */
export class FullStore implements BlobReader, StagingArea, BlobPromoter, StoreProbe {
  constructor(private readonly store: BlobReader & StagingArea) {}

  get backend(): string {
    return this.store.backend;
  }

  openBlob(sha256: Sha256, range?: ByteRange): Promise<OpenBytes | null> {
    return this.store.openBlob(sha256, range);
  }

  localBlob(sha256: Sha256): Promise<string | null> {
    return this.store.localBlob(sha256);
  }

  openStaged(key: string, range?: ByteRange): Promise<OpenBytes | null> {
    return this.store.openStaged(key, range);
  }

  localStaged(key: string): Promise<string | null> {
    return this.store.localStaged(key);
  }

  discard(key: string): Promise<void> {
    return this.store.discard(key);
  }

  listStaged(olderThan: Date): AsyncIterable<string> {
    return this.store.listStaged(olderThan);
  }

  check(): Promise<never> {
    return Promise.reject(new Error('disk full'));
  }

  stage(): Promise<never> {
    return Promise.reject(new Error('disk full'));
  }

  promote(): Promise<never> {
    return Promise.reject(new Error('disk full'));
  }

  putBlob(): Promise<never> {
    return Promise.reject(new Error('disk full'));
  }
}
