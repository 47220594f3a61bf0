import { existsSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { read, root } from './pages.js';

/** How many requirements each group has; every number in it is one. */
const groups = { ING: 24, MET: 19, STO: 16, EVT: 10, RET: 29, ATT: 12, PUB: 29, IDX: 11, CLI: 17, OPS: 17 };
const states = ['shown', 'partly', 'planned', 'phase 2', 'phase 3', 'later'];

interface Requirement {
  readonly id: string;
  readonly state: string;
  readonly evidence: string;
}

const page = read('docs/requirements.md');
const requirements: readonly Requirement[] = page.split('\n').flatMap((line) => {
  const cells = line.split(/(?<!\\)\|/).map((cell) => cell.trim());
  const [, id, , state, evidence] = cells;
  return id !== undefined && /^[A-Z]{3}-\d\d$/.test(id) ? [{ id, state: state ?? '', evidence: evidence ?? '' }] : [];
});

describe('docs/requirements.md', () => {
  it('has every requirement once, in order', () => {
    const all = Object.entries(groups).flatMap(([group, count]) =>
      Array.from({ length: count }, (_, index) => `${group}-${String(index + 1).padStart(2, '0')}`),
    );
    expect(requirements.map(({ id }) => id)).toEqual(all);
    expect(all).toHaveLength(184);
  });

  it('counts the states as they are', () => {
    expect([...new Set(requirements.map(({ state }) => state))].filter((state) => !states.includes(state))).toEqual([]);
    const counted = states.map((state) => [state, requirements.filter((r) => r.state === state).length]);
    const told = states.map((state) => [state, Number(new RegExp(`^\\| ${state} +\\| (\\d+)`, 'm').exec(page)?.[1] ?? -1)]);
    expect(told).toEqual(counted);
  });

  it('names only tests and files that exist', () => {
    const named = requirements.flatMap(({ id, evidence }) =>
      [...evidence.matchAll(/`((?:apps|libs|test|tools|docs)\/[^`]+)`/g)].map(([, file]) => [id, String(file)] as const),
    );
    expect(named.length).toBeGreaterThan(50);
    expect(named.filter(([, file]) => !existsSync(path.join(root, file)))).toEqual([]);
  });

  it.each(requirements.filter(({ state }) => state === 'shown').map(({ id, evidence }) => [id, evidence] as const))(
    '%s is shown by a test or a command',
    (_, evidence) => {
      expect(evidence).toMatch(/\.spec\.ts`|\.suite\.ts`|`npm run [a-z]+`/);
    },
  );

  it.each(requirements.filter(({ state }) => state === 'partly').map(({ id, evidence }) => [id, evidence] as const))(
    '%s says what there is',
    (_, evidence) => {
      expect(evidence.length).toBeGreaterThan(10);
    },
  );
});
