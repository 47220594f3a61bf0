import {
  checkSignatures,
  readSignatures,
  SignedContent,
  type CheckList,
  type ReadSignature,
  type SignatureFile,
  type Trust,
} from '@muniment/verification';
import { readAhead } from '../meta/read-ahead.js';

/** Detached signatures of a package's files, checked as the bytes of each file come within reach. */
export class FileSignatures {
  readonly #seen = new Set<ReadSignature>();

  private constructor(
    private readonly read: readonly ReadSignature[],
    private readonly trust: Trust,
    private readonly now: string,
    private readonly list: CheckList,
  ) {}

  static async of(files: readonly SignatureFile[], trust: Trust, now: string, list: CheckList): Promise<FileSignatures> {
    return new FileSignatures(await readSignatures(files, list), trust, now, list);
  }

  /** Reads the file once more, and only when it has a signature. @param path Its path within the package. */
  async check(path: string, absolute: string): Promise<void> {
    const own = this.read.filter(({ file }) => file.path === path);
    if (own.length === 0) return;
    const content = new SignedContent(own);
    for await (const chunk of readAhead(absolute)) content.update(chunk);
    for (const one of own) this.#seen.add(one);
    await checkSignatures(own, content, this.trust, this.now, this.list);
  }

  /** Says of the rest that it was not looked at. */
  finish(packageId: string, remedy: string): void {
    const rest = this.read.filter((one) => !this.#seen.has(one));
    const why = 'the signed bytes were not read';
    for (const { file } of rest) this.list.skipped('openpgp.signature', file.name, why, remedy);
    if (this.read.length > 0 || this.list.checks.some(({ check }) => check === 'openpgp.signature')) return;
    this.list.skipped('openpgp.signature', packageId, 'the archive has made no OpenPGP signature', 'Ask its operator for a release key.');
  }
}
