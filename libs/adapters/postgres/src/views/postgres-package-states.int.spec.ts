import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { instantOf } from '@muniment/domain';
import { receivedFile, refusedFile } from '@muniment/testing';
import type { Postgres } from '../postgres.js';
import { append, newPackage } from '../spec-support/appending.js';
import { usePostgres } from '../spec-support/use-postgres.js';

let postgres: Postgres;
usePostgres((opened) => (postgres = opened));

describe('look-ups of files in one moment', () => {
  it('each find their own package, file, counterpart and counts', async () => {
    const paths = ['plain', 'a "quoted", {odd} \\ one', 'ünï/cödé', 'with.meta'];
    const packages = await Promise.all(
      paths.map(async (path, n) => {
        const id = await newPackage(postgres, `acme/${n}`);
        await append(postgres, id, 2, [receivedFile(randomUUID(), { path })]);
        return { id, path, n };
      }),
    );
    const closing = packages[1]?.id ?? '';
    await append(postgres, closing, 3, [{ type: 'v1.package.finalize_requested', payload: { requested_at: instantOf(new Date()) } }]);
    const { states } = postgres;
    const found = await Promise.all(packages.flatMap(({ id, path }) => [states.fileAt(id, path), states.fileAt(id, 'absent')]));
    for (const { id, path, n } of packages) {
      const [there, absent] = [found[2 * n], found[2 * n + 1]];
      expect(there?.package.description).toMatchObject({ package_id: id, repository: `acme/${n}` });
      expect(there?.file).toMatchObject({ path, phase: 'received' });
      expect(absent).toMatchObject({ file: null, counterpart: null, package: there?.package });
      expect(there?.counts).toEqual(id === closing ? { received: 1, ingested: 0, refused: 0 } : null);
    }
    expect((await states.fileAt(packages[3]?.id ?? '', 'with'))?.counterpart?.path).toBe('with.meta');
  });

  it('tell what is in the way of a path: a file that would be its folder, or one in a folder of its name', async () => {
    const id = await newPackage(postgres);
    const standing = ['d/a', 'f.whl/part', 'g.meta/x', 'ü_%/é', 'h-', 'h0'].map((path) => receivedFile(randomUUID(), { path }));
    await append(postgres, id, 2, standing);
    const refused = receivedFile(randomUUID(), { path: 'refused' });
    await append(postgres, id, 2 + standing.length, [refused, refusedFile(refused.payload.file_id, { path: 'refused' })]);
    const other = await newPackage(postgres);
    const found = async (path: string, of = id) => (await postgres.states.fileAt(of, path))?.inTheWay;
    expect(await found('d/a/b/c')).toBe('d/a');
    expect(await found('d/a.meta/b')).toBe('d/a');
    expect(await found('d')).toBe('d/a');
    expect(await found('f.whl')).toBe('f.whl/part');
    expect(await found('g')).toBe('g.meta/x');
    expect(await found('ü_%')).toBe('ü_%/é');
    for (const free of ['d/a', 'd/a.meta', 'd/b', 'f', 'h', 'ü', 'refused/x', 'D']) expect([free, await found(free)]).toEqual([free, null]);
    expect(await found('d', other)).toBeNull();
  });

  it('answer null for a package that is not there, and fail alone for what is no id', async () => {
    const id = await newPackage(postgres);
    const { states } = postgres;
    const [there, absent, malformed] = await Promise.allSettled([
      states.fileAt(id, 'a'),
      states.fileAt(randomUUID(), 'a'),
      states.fileAt('no-id', 'a'),
    ]);
    expect(there).toMatchObject({ status: 'fulfilled', value: { package: { revision: 2 } } });
    expect(absent).toEqual({ status: 'fulfilled', value: null });
    expect(malformed.status).toBe('rejected');
  });
});
