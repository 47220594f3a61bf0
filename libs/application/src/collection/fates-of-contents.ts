import type { Sha256 } from '@muniment/domain';
import type { ReleasedContent, ReleasedFile } from '../ports/retention.js';

/**
 * `busy`: somebody else holds its lock. `shared`: a package still refers to it. `young`: verified too recently. `more`: nobody refers to it, but released
 * files beyond this page name it too, and the last of them takes the bytes with it. `last`: the bytes go. `absent`: they were never there.
 * `failed`: the store could not remove them.
 */
export type Fate = 'busy' | 'shared' | 'young' | 'more' | 'last' | 'absent' | 'failed';

/** What becomes of each content that the files of a page name. */
export class FatesOfContents {
  private readonly fates = new Map<Sha256, Fate>();

  /** Contents that are neither referenced nor among `around` are not ours: `busy`. */
  constructor(files: readonly ReleasedFile[], referenced: ReadonlySet<string>, around: readonly ReleasedContent[]) {
    const known = new Map(around.map((content) => [content.sha256, content]));
    const here = new Map<Sha256, number>();
    for (const { sha256 } of files) here.set(sha256, (here.get(sha256) ?? 0) + 1);
    for (const [sha256, count] of here) {
      const content = known.get(sha256);
      if (referenced.has(sha256)) this.fates.set(sha256, 'shared');
      else if (content?.young === true) this.fates.set(sha256, 'young');
      else if (content !== undefined) this.fates.set(sha256, content.released > count ? 'more' : 'last');
    }
  }

  of(sha256: Sha256): Fate {
    return this.fates.get(sha256) ?? 'busy';
  }

  decide(sha256: Sha256, fate: Fate): void {
    this.fates.set(sha256, fate);
  }

  withFate(wanted: Fate): readonly Sha256[] {
    return [...this.fates].filter(([, fate]) => fate === wanted).map(([sha256]) => sha256);
  }
}
