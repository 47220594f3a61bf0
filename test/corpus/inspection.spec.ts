import { describe, expect, it } from '@jest/globals';
import { defaultInspectionLimits, Refusal } from '@muniment/domain';
import {
  extractMember,
  feedOf,
  identify,
  inspectTar,
  inspectWheelhouse,
  inspectZip,
  mediaTypeFor,
  planFor,
  sha256Hex,
  sourceOf,
} from '@muniment/formats';
import fc from 'fast-check';
import { goodWheelhouse } from './good-files.js';
import { tar, tgz } from './tar-writer.js';
import { metadataOf, tinyWheel, tinyWheels, wheelFileName } from './tiny-wheel.js';

const limits = defaultInspectionLimits;

/** Spools that keep everything: these inputs are tiny. */
const openSpool = () => {
  const parts: Uint8Array[] = [];
  return {
    write: (c: Uint8Array) => void parts.push(Uint8Array.from(c)),
    source: () => sourceOf(Buffer.concat(parts)),
    discard: () => undefined,
  };
};

function cut(bytes: Buffer, sizes: readonly number[]): Uint8Array[] {
  const parts: Uint8Array[] = [];
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const size = sizes[i % sizes.length] ?? 1;
    parts.push(bytes.subarray(at, at + size));
    at += size;
  }
  return parts;
}

async function* chunks(bytes: Buffer, size = 1000): AsyncGenerator<Uint8Array> {
  for (const part of cut(bytes, [size])) {
    await Promise.resolve();
    yield part;
  }
}

async function collect(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of source) parts.push(part);
  return Buffer.concat(parts);
}

describe('inspectWheelhouse', () => {
  it('lists every file with both digests, and what each wheel says of itself', async () => {
    const inspection = await inspectWheelhouse(feedOf([goodWheelhouse()]), limits, openSpool);
    expect(inspection).toMatchObject({ format: 'tar+gzip', member_count: 4, wheel: null });
    expect(inspection.members.map((m) => m.path)).toEqual([
      '.wheelhouse/alpha-1.0-py3-none-any.whl',
      '.wheelhouse/beta_tools-2.1.post3-py3-none-any.whl',
      '.wheelhouse/gamma-0.3-py3-none-any.whl',
      '.wheelhouse/pins.txt',
    ]);
    for (const [i, wheel] of tinyWheels.entries()) {
      expect(inspection.members[i]).toEqual({
        path: `.wheelhouse/${wheelFileName(wheel)}`,
        ...identify(tinyWheel(wheel)),
        wheel: {
          name: wheel.name,
          version: wheel.version,
          build: null,
          tags: ['py3-none-any'],
          requires_python: '>=3.8',
          requires_dist: wheel.requiresDist ?? [],
          metadata_sha256: sha256Hex(Buffer.from(metadataOf(wheel))),
        },
      });
    }
    expect(inspection.members[3]?.wheel).toBeNull();
  });

  it('does not depend on how the bytes arrive', async () => {
    const expected = await inspectWheelhouse(feedOf([goodWheelhouse()]), limits, openSpool);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 900 }), { minLength: 1, maxLength: 5 }), async (sizes) => {
        expect(await inspectWheelhouse(feedOf(cut(goodWheelhouse(), sizes)), limits, openSpool)).toEqual(expected);
      }),
      { numRuns: 30 },
    );
  });

  it('gives an answer, never another error, for any damage', async () => {
    const whole = goodWheelhouse();
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 }), async (at, flip) => {
        const damaged = Buffer.from(whole);
        damaged[at] = (damaged[at] ?? 0) ^ flip;
        await inspectWheelhouse(feedOf([damaged]), limits, openSpool).catch((error: unknown) => expect(error).toBeInstanceOf(Refusal));
      }),
      { numRuns: 200 },
    );
  });

  it('passes on an error of the feed as it is', async () => {
    const broken = new Error('connection reset');
    const feed = { next: () => Promise.reject(broken) };
    await expect(inspectWheelhouse(feed, limits, openSpool)).rejects.toBe(broken);
    let calls = 0;
    const later = { next: () => (calls++ === 0 ? Promise.resolve(goodWheelhouse().subarray(0, 300)) : Promise.reject(broken)) };
    await expect(inspectWheelhouse(later, limits, openSpool)).rejects.toBe(broken);
  });
});

describe('inspectTar', () => {
  it('never accepts a truncated tar', async () => {
    const whole = tar({ name: 'a', content: 'x'.repeat(700) }, { name: 'b' });
    await fc.assert(
      // one zero block is end mark enough, so cut before it
      fc.asyncProperty(fc.nat(whole.length - 1024), async (length) => {
        await expect(inspectTar(feedOf([whole.subarray(0, length)]), 'x.tar', limits)).rejects.toMatchObject({ code: 'archive_corrupt' });
      }),
      { numRuns: 60 },
    );
  });

  it('refuses a bomb by the bound on its output', async () => {
    const bomb = tgz({ name: 'zeros', content: Buffer.alloc(48 * 1024 * 1024) });
    const bound = 16 * 1024 * 1024;
    await expect(inspectTar(feedOf([bomb]), 'x.tgz', { ...limits, maxOutputBytes: bound, maxRatio: 5000 })).rejects.toMatchObject({
      code: 'archive_too_large',
      facts: { limit: bound },
    });
  });
});

describe('inspectZip', () => {
  const alpha = { name: 'alpha', version: '1.0' };

  it('says what a wheel is', async () => {
    const bytes = tinyWheel(alpha);
    expect(await inspectZip(sourceOf(bytes), 'wheel', wheelFileName(alpha), limits)).toMatchObject({
      format: 'zip',
      member_count: 4,
      members: [],
      wheel: { name: 'alpha', version: '1.0', metadata_sha256: sha256Hex(Buffer.from(metadataOf(alpha))) },
    });
  });

  it('gives an answer, never another error, for any damage and any cut', async () => {
    const whole = tinyWheel(alpha, [{ name: 'large', content: Buffer.alloc(1_500_000, 'large') }]);
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length - 1), fc.nat(255), fc.nat(whole.length), async (at, flip, length) => {
        const damaged = Buffer.from(whole);
        damaged[at] = (damaged[at] ?? 0) ^ flip;
        const bytes = flip === 0 ? damaged.subarray(0, length) : damaged;
        const inspecting = inspectZip(sourceOf(bytes), 'wheel', wheelFileName(alpha), { ...limits, maxRatio: 2000 });
        await inspecting.catch((error: unknown) => expect(error).toBeInstanceOf(Refusal));
      }),
      { numRuns: 400 },
    );
  });
});

describe('extractMember', () => {
  it.each(tinyWheels.map((w) => [wheelFileName(w), w] as const))('gives the bytes of %s', async (file, wheel) => {
    const bytes = await collect(extractMember(chunks(goodWheelhouse()), `.wheelhouse/${file}`));
    expect(bytes.equals(tinyWheel(wheel))).toBe(true);
  });

  it('reads plain tar too, gives empty files, and stops reading early', async () => {
    let read = 0;
    async function* counted(bytes: Buffer) {
      for await (const part of chunks(bytes, 512)) {
        read += part.length;
        yield part;
      }
    }
    const archive = tar({ name: 'first', content: 'x' }, { name: 'empty' }, { name: 'last', content: Buffer.alloc(1_000_000) });
    expect((await collect(extractMember(counted(archive), 'first'))).toString()).toBe('x');
    expect(read).toBeLessThan(5000);
    expect(await collect(extractMember(chunks(archive), 'empty'))).toHaveLength(0);
  });

  it('refuses a member that is not there, and closes the archive', async () => {
    let closed = false;
    async function* watched() {
      try {
        yield* chunks(goodWheelhouse());
      } finally {
        closed = true;
      }
    }
    await expect(collect(extractMember(watched(), 'nothing.whl'))).rejects.toMatchObject({ code: 'member_not_found' });
    expect(closed).toBe(true);
  });

  it('closes the archive when its own reader leaves', async () => {
    let closed = false;
    async function* watched() {
      try {
        yield* chunks(tgz({ name: 'big', content: Buffer.from(Array.from({ length: 100_000 }, (_, i) => i % 251)) }), 100);
      } finally {
        closed = true;
      }
    }
    for await (const part of extractMember(watched(), 'big')) {
      expect(part.length).toBeGreaterThan(0);
      break;
    }
    expect(closed).toBe(true);
  });
});

describe('planFor and mediaTypeFor', () => {
  it.each([
    ['wheelhouse-3.11.tgz', 'wheelhouse', 'application/gzip'],
    ['wheelhouse-3.11-run-77.tar.gz', 'wheelhouse', 'application/gzip'],
    ['dist/wheels-aarch64-apple-darwin-123.tgz', 'wheelhouse', 'application/gzip'],
    ['wheelhouse-3.11.tgz.meta', 'meta', 'text/plain; charset=utf-8'],
    ['numpy-2.0.0-cp311-cp311-linux_x86_64.whl', 'wheel', 'application/zip'],
    ['numpy-2.0.0.tar.gz', 'archive-tar', 'application/gzip'],
    ['left-1.2.3.tgz', 'archive-tar', 'application/gzip'],
    ['geo-0.1.0.crate', 'archive-tar', 'application/gzip'],
    ['npm-binary-x86_64-unknown-linux-gnu-5.tgz', 'archive-tar', 'application/gzip'],
    ['evidence.tar', 'archive-tar', 'application/x-tar'],
    ['evidence.zip', 'archive-zip', 'application/zip'],
    ['report.json', 'opaque', 'application/json'],
    ['wheelhouse-3.11', 'opaque', 'application/octet-stream'],
    ['data.tar.zst', 'opaque', 'application/octet-stream'],
    ['.meta', 'opaque', 'text/plain; charset=utf-8'],
  ])('%s is read as %s, sent as %s', (path, plan, type) => {
    expect(planFor(path)).toBe(plan);
    expect(mediaTypeFor(path)).toBe(type);
  });
});
