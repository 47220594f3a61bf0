import { describe, expect, it } from '@jest/globals';
import { eventDeclarations, jobs } from '@muniment/contracts';
import { refusalCodes } from '@muniment/domain';
import { knownVariables } from '@muniment/platform';
import { filesLike, read } from './pages.js';

const sources = filesLike('libs/**/src/**/*.ts', 'apps/*/src/**/*.ts').filter((file) => !/\.spec\.ts$|fixture|generated/.test(file));

/** Values that a page does not name in code font. */
function missingIn(page: string, values: Iterable<string>): readonly string[] {
  const code = [...read(page).matchAll(/`([^`\n]+)`/g)].map(([, text]) => String(text));
  const named = new Set(code.flatMap((text) => text.split(/[^\w.-]+/)));
  return [...values].filter((value) => !named.has(value));
}

/** `METHOD /path` of every controller, with `{}` for what varies. The tus routes are one protocol, so only the controller counts. */
function routes(): readonly string[] {
  return sources.filter((file) => file.endsWith('.controller.ts')).flatMap((file) => routesIn(read(file)));
}

function routesIn(source: string): readonly string[] {
  const base = /@Controller\((?:'([^']*)')?\)/.exec(source)?.[1] ?? '';
  return [...source.matchAll(/@(Get|Post|Put|Delete)\((?:'([^']*)')?\)/g)].map(([, method, own]) => {
    const address = `/${[base, own ?? ''].filter((part) => part !== '').join('/')}`;
    return `${String(method).toUpperCase()} ${address.replaceAll(/[:*]\w+/g, '{}')}`;
  });
}

describe('what exists is documented', () => {
  it('every route', () => {
    const documented = read('docs/http.md').replaceAll(/\{[a-z_]+\}/g, '{}');
    expect(routes().length).toBeGreaterThan(12);
    expect(routes().filter((route) => !documented.includes(`\`${route}\``))).toEqual([]);
  });

  it('every event type', () => {
    const types = eventDeclarations.map(({ type }) => type);
    expect(missingIn('docs/ARCHITECTURE-BLUEPRINT.md', types)).toEqual([]);
    expect(missingIn('docs/formats/event.md', types)).toEqual([]);
  });

  it('every job', () => {
    const names = jobs.map(({ name }) => name);
    expect(missingIn('docs/ARCHITECTURE-BLUEPRINT.md', names)).toEqual([]);
  });

  it('every error code', () => {
    expect(missingIn('docs/http.md', refusalCodes)).toEqual([]);
  });

  it('every variable', () => {
    expect(missingIn('docs/configuration.md', knownVariables)).toEqual([]);
  });

  it('every metric', () => {
    const declared = sources.flatMap((file) =>
      [...read(file).matchAll(/metrics\.(?:counter|histogram|gauge|keptCounter)\(\s*'(muniment_[a-z_]+)'/g)].map(([, name]) =>
        String(name),
      ),
    );
    expect(declared.length).toBeGreaterThan(10);
    expect(missingIn('OPERATOR.md', declared)).toEqual([]);
  });

  it('every project, in at most 40 lines', () => {
    const projects = filesLike('libs/*/package.json', 'libs/adapters/*/package.json', 'apps/*/package.json');
    const lines = projects.map((file) => [file, read(file.replace('package.json', 'README.md')).trimEnd().split('\n').length] as const);
    expect(lines.length).toBeGreaterThan(10);
    expect(lines.filter(([, count]) => count > 40)).toEqual([]);
  });
});
