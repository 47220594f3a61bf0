import type { Sha256 } from '@muniment/domain';
import { stagingKey } from '@muniment/application';
import { markerName } from '../bytes/marker.js';
import { blobAddress, stagedId } from '../bytes/names.js';

const sideSuffix = '.tail';

/** Object names below the configured prefix. */
export class ObjectNames {
  readonly staging: string;
  readonly blobs: string;
  readonly marker: string;

  /** `prefix` is empty or ends with a slash. */
  constructor(private readonly prefix: string) {
    this.staging = `${prefix}staging/`;
    this.blobs = `${prefix}sha256/`;
    this.marker = prefix + markerName;
  }

  staged(key: string): string {
    return this.staging + stagedId(key);
  }

  /** The side object of a staging key: present exactly while a multipart upload of that key may be open. */
  side(key: string): string {
    return this.staged(key) + sideSuffix;
  }

  blob(sha256: Sha256): string {
    return this.prefix + blobAddress(sha256);
  }

  /** The staging key an object (or its side object) belongs to. */
  keyOf(name: string): string {
    const id = name.slice(this.staging.length);
    return stagingKey(id.endsWith(sideSuffix) ? id.slice(0, -sideSuffix.length) : id);
  }
}
