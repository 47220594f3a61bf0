import { expect, it } from '@jest/globals';
import type { AgainAnswer } from '@muniment/contracts';
import { againLines, askedOf, pagesOf, type AskedAgain } from './ask-again.js';

const page = (change: Partial<AgainAnswer>): AgainAnswer => ({
  ...{ key_id: 'SHA256:old', dry_run: true, packages: [], waiting: 0, moved: 0, next: null },
  ...change,
});
const pkg = (id: string) => ({ package_id: id, repository: 'acme/widgets', name: 'w', statements: 2, files: 1 });

async function asked(...pages: readonly AgainAnswer[]): Promise<AskedAgain> {
  const after: (string | undefined)[] = [];
  let all: AskedAgain | null = null;
  const ask = (from: { readonly after?: string }): Promise<AgainAnswer> => {
    after.push(from.after);
    const next = pages[after.length - 1];
    return next === undefined ? Promise.reject(new Error('asked behind the last page')) : Promise.resolve(next);
  };
  for await (const one of pagesOf(ask)) all = askedOf(all, one);
  expect(after).toEqual([undefined, ...pages.slice(0, -1).map(({ next }) => next)]);
  if (all === null) throw new Error('no page');
  return all;
}

it('adds up pages, each asked from where the last one ended', async () => {
  const all = await asked(page({ packages: [pkg('a')], waiting: 1, next: 'a' }), page({ packages: [pkg('b')], moved: 1 }));
  expect(all).toMatchObject({ statements: 4, files: 2, waiting: 1, moved: 1, packages: [{ package_id: 'a' }, { package_id: 'b' }] });
});

it('tells how to act after a rehearsal, and what is left', async () => {
  const lines = againLines(await asked(page({ packages: [pkg('a')], waiting: 3, moved: 2 })), { repository: 'acme/widgets' });
  expect(lines).toEqual([
    '  a  2 statements  1 files  acme/widgets  w',
    'only SHA256:old vouches for 2 statements and 1 files of 1 packages',
    '3 wait for a signer since an earlier request',
    '2 packages changed in the same moment and were left alone: run the command again',
    'Nothing was changed. To have them signed again:',
    '  muniment attest again --key SHA256:old --repository acme/widgets --execute --reason "..."',
  ]);
  expect(againLines(await asked(page({ packages: [pkg('a')], dry_run: false })), {})).toEqual([
    '  a  2 statements  1 files  acme/widgets  w',
    '2 statements and 1 files of 1 packages are due again; the signers sign them now',
  ]);
  expect(againLines(await asked(page({})), {})).toEqual(['nothing rests on SHA256:old alone']);
});

it('lists fifty packages and counts the rest', async () => {
  const lines = againLines(await asked(page({ packages: Array.from({ length: 52 }, (_, n) => pkg(`p${n}`)) })), {});
  expect(lines.slice(49, 52)).toEqual([
    '  p49  2 statements  1 files  acme/widgets  w',
    '  and 2 more',
    'only SHA256:old vouches for 104 statements and 52 files of 52 packages',
  ]);
});
