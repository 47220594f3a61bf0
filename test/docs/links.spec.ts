import { existsSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { pages, read, root } from './pages.js';

/** OPS-01, OPS-02 and what the project promises beside them. */
const promised = [
  ...['README.md', 'OPERATOR.md', 'AGENTS.md', 'docs/ROADMAP.md', 'docs/ARCHITECTURE-BLUEPRINT.md'],
  ...['docs/adr/0001-', 'docs/adr/0002-', 'docs/adr/0003-', 'docs/adr/0004-', 'docs/adr/0005-', 'docs/adr/0006-'],
  ...[
    'docs/glossary.md',
    'docs/cli.md',
    'docs/http.md',
    'docs/configuration.md',
    'docs/requirements.md',
    'docs/policy.md',
    'docs/bench.md',
  ],
  ...['docs/formats/meta.md', 'docs/formats/manifest.md', 'docs/formats/event.md'],
];

function proseOf(page: string): string {
  return read(page)
    .replaceAll(/^```.*?^```$/gms, '')
    .replaceAll(/`[^`\n]*`/g, '');
}

function linksOf(page: string): readonly string[] {
  return [...proseOf(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link]) => String(link)).filter((link) => !/^[a-z]+:/.test(link));
}

/** Anchors of a page's headings, as GitHub makes them. */
function anchorsOf(page: string): readonly string[] {
  return [...read(page).matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
    String(heading)
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replaceAll(' ', '-'),
  );
}

describe('the documentation', () => {
  it.each(promised)('has %s', (name) => {
    expect(pages.filter((page) => page === name || (name.endsWith('-') && page.startsWith(name)))).toHaveLength(1);
  });

  it.each(pages.map((page) => [page]))('%s links to pages and headings that exist', (page) => {
    const broken = linksOf(page).filter((link) => {
      const [file = '', anchor] = link.split('#');
      const target = file === '' ? page : path.join(path.dirname(page), file);
      if (!existsSync(path.join(root, target))) return true;
      return anchor !== undefined && !anchorsOf(target).includes(anchor);
    });
    expect(broken).toEqual([]);
  });

  it('can be reached from the README', () => {
    const reached = new Set<string>();
    const visit = (page: string): void => {
      if (reached.has(page)) return;
      reached.add(page);
      for (const link of linksOf(page)) {
        const [file = ''] = link.split('#');
        const target = path.join(path.dirname(page), file);
        if (pages.includes(target)) visit(target);
      }
    };
    visit('README.md');
    expect(pages.filter((page) => page.startsWith('docs/') && !reached.has(page))).toEqual([]);
  });
});
