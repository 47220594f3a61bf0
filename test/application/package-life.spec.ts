import { describe, expect, it } from '@jest/globals';
import {
  finalizePackage,
  ingestFile,
  parseFilePath,
  receiveFile,
  Refusal,
  requestFinalization,
  type BlobIdentity,
  type DomainEvent,
  type FileIngested,
  type FileView,
  type Manifest,
} from '@muniment/domain';
import { encodeCbor, identify } from '@muniment/formats';
import { countsOf, foldPackage, openedPackage, someInstant, viewFile, type FoldedPackage } from '@muniment/testing';
import fc from 'fast-check';

/** What anybody may ask for, in any order, any number of times. `content` 0 to 2 stands for different bytes; `stored` null for those received. */
type Command =
  | { readonly do: 'receive'; readonly path: number; readonly content: number }
  | { readonly do: 'ingest'; readonly path: number; readonly stored: number | null; readonly broken: boolean }
  | { readonly do: 'request' }
  | { readonly do: 'finalize' };

const paths = ['a.json', 'b.json', 'b.json.meta', 'a.json/in-it', 'b.json.meta/in-it'];
const contents = ['zero', 'one', 'two'].map((text) => identify(Buffer.from(text)));
const context = { now: someInstant };
const told = { actor: 'token:ci', reason: null };

/** A package driven by deciders alone: decide, fold, decide. */
class Life {
  folded: FoldedPackage;
  readonly events: DomainEvent[] = [];
  private files = 0;

  constructor() {
    let folded: FoldedPackage | null = null;
    for (const fact of openedPackage('01957a3e-7000-7000-8000-0000000000a1')) folded = foldPackage(folded, fact, '', told);
    if (!folded) throw new Error('not opened');
    this.folded = folded;
  }

  /** The facts of one command; none when it was refused. */
  apply(command: Command): readonly DomainEvent[] {
    let facts: readonly DomainEvent[];
    try {
      facts = this.decide(command);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      facts = [];
    }
    for (const fact of facts) {
      if (fact.type === 'v1.collection.started' || fact.type === 'v1.collection.completed') throw new Error('not of a package');
      if (fact.type === 'v1.key.announced' || fact.type === 'v1.key.compromised') throw new Error('not of a package');
      this.folded = foldPackage(this.folded, fact, 'digest', told);
      this.events.push(fact);
    }
    return facts;
  }

  private decide(command: Command): readonly DomainEvent[] {
    const { state } = this.folded;
    switch (command.do) {
      case 'receive': {
        const path = parseFilePath(paths[command.path] ?? '');
        const fileId = `file-${this.files++}`;
        const bytes = contents[command.content] ?? identify(new Uint8Array());
        const declares = path.endsWith('.meta') ? { name: null, sha256: null, blake3: null, size: 3, wheels: null } : null;
        const file = { ...bytes, fileId, path, mediaType: 'x', witness: 'stream', stagingKey: `staging/${fileId}`, declares } as const;
        return receiveFile(this.view(path), file, context);
      }
      case 'ingest': {
        const view = this.view(parseFilePath(paths[command.path] ?? ''));
        const inspection = { format: 'opaque', member_count: 0, members: [], wheel: null } as const;
        const outcome = command.broken ? { refusal: new Refusal('archive_corrupt', 'Broken.') } : { inspection };
        const stored = this.stored(view, command.stored);
        return ingestFile(
          view,
          { fileId: view.file?.fileId ?? '', examination: { stored, outcome }, backend: 'memory', criticalWheels: [] },
          context,
        );
      }
      case 'request':
        return requestFinalization(state, countsOf(this.folded), context);
      case 'finalize':
        return finalizePackage(state, [...this.folded.files.values()], { retention, madeMetas: [] }, context);
    }
  }

  private stored({ file }: FileView, content: number | null): BlobIdentity {
    const received = contents.find((bytes) => bytes.sha256 === file?.sha256);
    return (content === null ? received : contents[content]) ?? identify(new Uint8Array());
  }

  private view(path: ReturnType<typeof parseFilePath>): FileView {
    return viewFile(this.folded, path);
  }

  manifest(): Manifest | null {
    return this.events.flatMap((event) => (event.type === 'v1.package.finalized' ? [event.payload] : []))[0] ?? null;
  }
}

const retention = { retentionClass: 'raw-evidence', expiresAt: null };
const path = fc.nat(paths.length - 1);
const content = fc.nat(contents.length - 1);
/** Mostly faithful and sound, so that many sequences reach the end. */
const stored = fc.oneof({ weight: 6, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: content });
const broken = fc.oneof({ weight: 6, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) });
const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('receive' as const), path, content }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('ingest' as const), path, stored, broken }) },
  { weight: 2, arbitrary: fc.constant({ do: 'request' as const }) },
  { weight: 2, arbitrary: fc.constant({ do: 'finalize' as const }) },
);
const commands = fc.array(command, { minLength: 5, maxLength: 40, size: 'max' });
function lifeOf(all: readonly Command[]): Life {
  const life = new Life();
  for (const each of all) life.apply(each);
  return life;
}

describe('whatever is asked of a package, in whatever order', () => {
  it('it is finalized at most once, becomes due at most once, and nothing happens to it afterwards', () => {
    let finalized = 0;
    fc.assert(
      fc.property(commands, (all) => {
        const { events } = lifeOf(all);
        const types = events.map((event) => event.type);
        for (const once of ['v1.package.finalized', 'v1.package.finalization_due', 'v1.package.finalize_requested']) {
          expect(types.filter((type) => type === once).length).toBeLessThanOrEqual(1);
        }
        const end = types.indexOf('v1.package.finalized');
        if (end < 0) return;
        finalized++;
        expect(types.slice(end + 1)).toEqual([]);
      }),
      { numRuns: 1500 },
    );
    // else the property would say nothing
    expect(finalized).toBeGreaterThan(50);
  });

  it('its manifest lists exactly the ingested files: never one that was only received or was refused', () => {
    fc.assert(
      fc.property(commands, (all) => {
        const life = lifeOf(all);
        const manifest = life.manifest();
        if (!manifest) return;
        const files = [...life.folded.files.values()];
        expect(files.map((file) => file.phase)).toEqual(files.map(() => 'ingested'));
        expect(manifest.files.map((file) => file.path)).toEqual(files.map((file) => file.path).sort());
        for (const file of files) {
          const ingested = life.events.findLast((e): e is FileIngested => e.type === 'v1.file.ingested' && e.payload.path === file.path);
          expect(manifest.files.find((f) => f.path === file.path)?.digest).toBe(`sha256:${ingested?.payload.sha256 ?? ''}`);
        }
      }),
      { numRuns: 1500 },
    );
  });

  it('its files, and a record beside each, can all be written to one file system', () => {
    let nested = 0;
    fc.assert(
      fc.property(commands, (all) => {
        const files =
          lifeOf(all)
            .manifest()
            ?.files.map((file) => file.path) ?? [];
        const names = new Set(files.flatMap((name) => (name.endsWith('.meta') ? [name] : [name, `${name}.meta`])));
        for (const name of names) expect([...names].filter((other) => other.startsWith(`${name}/`))).toEqual([]);
        if (files.some((name) => name.includes('/'))) nested++;
      }),
      { numRuns: 1500 },
    );
    // else the property would say nothing
    expect(nested).toBeGreaterThan(20);
  });

  it('no file is part of it whose stored bytes were not the received ones', () => {
    fc.assert(
      fc.property(commands, (all) => {
        const life = new Life();
        for (const each of all) {
          const before = each.do === 'ingest' ? life.folded.files.get(paths[each.path] ?? '') : undefined;
          const facts = life.apply(each);
          if (each.do !== 'ingest' || !facts.some((fact) => fact.type === 'v1.file.ingested')) continue;
          expect(before?.phase).toBe('received');
          if (each.stored !== null) expect(before?.sha256).toBe(contents[each.stored]?.sha256);
        }
      }),
    );
  });

  it('asking for the same thing twice in a row changes nothing the second time', () => {
    fc.assert(
      fc.property(commands, command, (all, twice) => {
        const life = lifeOf(all);
        life.apply(twice);
        const { files, state } = life.folded;
        // a refused file may be received again; everything else is idempotent
        if (twice.do === 'receive' && files.get(paths[twice.path] ?? '')?.phase === 'refused') return;
        expect(life.apply(twice)).toEqual([]);
        expect(life.folded.state).toEqual(state);
      }),
      { numRuns: 500 },
    );
  });

  it('the same files make the same manifest bytes, in whatever order they came', () => {
    const order = fc.shuffledSubarray([0, 1, 2], { minLength: 3, maxLength: 3 });
    const manifestOf = (received: readonly number[], ingested: readonly number[]): string => {
      const life = new Life();
      // 'one' has three bytes, as the record beside b.json declares
      for (const p of received) life.apply({ do: 'receive', path: p, content: 1 });
      for (const p of ingested) life.apply({ do: 'ingest', path: p, stored: 1, broken: false });
      life.apply({ do: 'request' });
      life.apply({ do: 'finalize' });
      const manifest = life.manifest();
      if (!manifest) throw new Error('not finalized');
      return Buffer.from(encodeCbor(manifest)).toString('hex');
    };
    const expected = manifestOf([0, 1, 2], [0, 1, 2]);
    fc.assert(fc.property(order, order, (received, ingested) => expect(manifestOf(received, ingested)).toBe(expected)));
  });
});
