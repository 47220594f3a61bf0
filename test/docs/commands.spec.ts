import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { filesLike, pages, read } from './pages.js';

/** The roadmap names commands that do not exist yet. */
const present = pages.filter((page) => page !== 'docs/ROADMAP.md');
const { scripts } = z.looseObject({ scripts: z.record(z.string(), z.string()) }).parse(JSON.parse(read('package.json')));
const npmItself = ['ci', 'install', 'pack'];

/** Sources of options that several commands share, among what a source imports. */
function sharedOptions(source: string): readonly string[] {
  return [...source.matchAll(/from '[./]+\/([a-z-]+-options)\.js'/g)].flatMap(([, name]) => filesLike(`apps/cli/src/commands/${name}.ts`));
}

/** Verb -> its sub-commands and options, read from the sources of the command line. A big verb has a directory with a file per sub-command. */
const verbs = new Map(
  filesLike('apps/cli/src/commands/*.command.ts').map((file) => {
    const own = [file, ...filesLike(file.replace('.command.ts', '/*.command.ts'))].map(read).join('\n');
    const source = [own, ...sharedOptions(own).map(read)].join('\n');
    const [verb = '', ...subCommands] = [...source.matchAll(/\.command\('([a-z-]+)'\)/g)].map(([, name]) => String(name));
    const options = [...(source + read('apps/cli/src/program.ts')).matchAll(/'(?:-\w, )?(--[a-z-]+)/g)].map(([, name]) => String(name));
    return [verb, { subCommands, options: [...options, '--help'] }] as const;
  }),
);

interface Used {
  readonly verb: string;
  readonly rest: string;
}

/** What a page tells its reader to type: `npx muniment …` anywhere, `muniment …` in code. */
function commandsIn(page: string): readonly Used[] {
  return [...read(page).matchAll(/(?:npx |`|^ {4})(?:muniment|artifactstore) ([a-z][a-z-]*)([^`\n#|]*)/gm)].map(([, verb, rest]) => ({
    verb: String(verb),
    rest: String(rest),
  }));
}

function problemOf({ verb, rest }: Used): string | null {
  const known = verbs.get(verb);
  if (known === undefined) return `there is no "muniment ${verb}"`;
  const next = /^ ([a-z][a-z-]*)/.exec(rest)?.[1];
  if (known.subCommands.length > 0 && next !== undefined && !known.subCommands.includes(next))
    return `there is no "muniment ${verb} ${next}"`;
  const missing = [...rest.matchAll(/ (--[a-z-]+)/g)].map(([, option]) => String(option)).find((option) => !known.options.includes(option));
  return missing === undefined ? null : `"muniment ${verb}" has no ${missing}`;
}

describe('the commands that the documentation tells to type', () => {
  it('are looked for where there are some', () => {
    expect(commandsIn('README.md').length).toBeGreaterThan(3);
    expect(verbs.get('token')?.subCommands).toContain('create');
    expect(problemOf({ verb: 'push', rest: ' FILE --no-such-option' })).not.toBeNull();
  });

  it.each(present.map((page) => [page]))('%s: npm scripts exist', (page) => {
    const named = [...read(page).matchAll(/\bnpm run ([a-z][a-z:]*)|(?:`|^ {4})npm (?!run )([a-z]+)/gm)].map(
      ([, script, short]) => script ?? String(short),
    );
    expect(named.filter((name) => !(name in scripts) && !npmItself.includes(name))).toEqual([]);
  });

  it.each(present.map((page) => [page]))('%s: muniment commands and their options exist', (page) => {
    expect(
      commandsIn(page)
        .map(problemOf)
        .filter((problem) => problem !== null),
    ).toEqual([]);
  });
});
