import { hash } from 'node:crypto';
import { Refusal, type InspectionLimits } from '@muniment/domain';
import type { MemberPath } from './member-path.js';

/** Counts members and sizes of one archive and refuses names that come twice; constant memory per member, whatever its name. */
export class MemberCensus {
  #headers = 0;
  #files = 0;
  /** Key of each path; true for directories, which alone may repeat. */
  readonly #seen = new Map<string, boolean>();

  constructor(readonly limits: InspectionLimits) {}

  /** Regular files admitted so far. */
  get files(): number {
    return this.#files;
  }

  /** One more header of any kind (`archive_too_many_members`). */
  header(): void {
    this.#headers += 1;
    if (this.#headers <= this.limits.maxMembers) return;
    throw new Refusal('archive_too_many_members', `The archive has more than ${this.limits.maxMembers} members.`, {
      limit: this.limits.maxMembers,
    });
  }

  /** Admits a member (`archive_duplicate_member`, `archive_member_too_large`). */
  admit({ path, directory }: MemberPath, size: number): void {
    if (size > this.limits.maxMemberBytes) {
      throw new Refusal('archive_member_too_large', `The member "${path}" is larger than ${this.limits.maxMemberBytes} bytes.`, {
        member: path,
        limit: this.limits.maxMemberBytes,
      });
    }
    if (!directory) this.#files += 1;
    if (path === '') return;
    // Two names that differ only in Unicode form are one file on some systems.
    const name = path.normalize('NFC');
    const key = name.length <= 44 ? name : hash('sha256', name, 'base64');
    const before = this.#seen.get(key);
    if (before !== undefined && !(before && directory)) {
      throw new Refusal('archive_duplicate_member', `The archive has the member "${path}" twice.`, { member: path });
    }
    this.#seen.set(key, directory);
  }
}
