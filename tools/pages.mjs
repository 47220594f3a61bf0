#!/usr/bin/env node
/**
 * Writes the parts of the documentation that the code already knows: `npm run docs`. With `--check` it writes nothing, names what is out of date
 * and exits 1. Reads the built projects, so build first. A generated part stands between `<!-- generated: NAME -->` and `<!-- end: NAME -->`.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { format } from 'prettier';
import { parse } from 'yaml';
import { z } from 'zod';
import { readJson, root } from './workspace.mjs';

// Lint's plugin would otherwise start a background process of its own.
process.env.NX_DAEMON = 'false';

const built = (path) => import(join(root, path));
const read = (path) => readFileSync(join(root, path), 'utf8');
const checking = process.argv.includes('--check');

function replaced(text, name, content, page) {
  const [open, close] = [`<!-- generated: ${name} -->`, `<!-- end: ${name} -->`];
  const [from, to] = [text.indexOf(open), text.indexOf(close)];
  if (from < 0 || to < from) throw new Error(`${page} has no part "${name}"`);
  return `${text.slice(0, from)}${open}\n\n${content.trim()}\n\n${text.slice(to)}`;
}

function table(heads, rows) {
  const line = (cells) => `| ${cells.map((cell) => String(cell).replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(heads), line(heads.map(() => '---')), ...rows.map(line)].join('\n');
}

const code = (text) => `\`${text}\``;

// --- configuration -----------------------------------------------------------------------------------------------------------------

async function configuration() {
  const { platformConfig } = await built('libs/platform/dist/config/platform-config.js');
  const { postgresConfig } = await built('libs/adapters/postgres/dist/index.js');
  const { objectStoreConfig } = await built('libs/adapters/object-store/dist/index.js');
  const { queueConfig } = await built('libs/adapters/queue/dist/index.js');
  const { archiveConfig, clockConfig, collectionConfig, retentionPolicyConfig } = await built('libs/assembly/dist/index.js');
  const shared = { ...postgresConfig, ...objectStoreConfig, ...queueConfig, ...retentionPolicyConfig, ...clockConfig };
  if (Object.keys(archiveConfig).some((name) => !(name in shared))) throw new Error('archiveConfig has a fragment that this page lacks');
  const sections = {
    'Every service': platformConfig,
    'Database (every service)': postgresConfig,
    'Object store (every service)': objectStoreConfig,
    'Job queue (every service)': queueConfig,
    'Retention policy and clock (every service)': { ...retentionPolicyConfig, ...clockConfig },
    Gateway: (await built('apps/gateway/dist/config.js')).gatewayConfig,
    Hasher: (await built('apps/hasher/dist/config.js')).hasherConfig,
    Retention: (await built('apps/retention/dist/config.js')).retentionConfig,
    Signer: (await built('apps/signer/dist/config.js')).signerConfig,
    'Collection (gateway and retention)': collectionConfig,
    'Embedded installation (npm start)': (await built('apps/embedded/dist/embedded-config.js')).embeddedConfig,
  };
  return Object.entries(sections)
    .map(
      ([title, fragment]) => `## ${title}\n\n${table(['variable', 'value', 'default', 'meaning'], Object.entries(fragment).map(variable))}`,
    )
    .join('\n\n');
}

function variable([name, schema]) {
  const { properties } = z.toJSONSchema(z.object({ [name]: schema }), { io: 'output', unrepresentable: 'any' });
  const facts = properties[name];
  const required = !schema.safeParse(undefined).success;
  return [code(name), valueOf(facts), required ? '**required**' : defaultOf(facts.default), facts.description];
}

/** Bounds at the ends of JavaScript's integers say nothing to an operator. */
const told = (bound) => bound !== undefined && Math.abs(bound) < Number.MAX_SAFE_INTEGER;

function valueOf({ type, enum: values, minimum, exclusiveMinimum, maximum, format: kind }) {
  if (values !== undefined) return values.map(code).join(', ');
  if (type !== 'integer' && type !== 'number') return kind === 'uri' ? 'URL' : 'text';
  const low = told(minimum) ? minimum : exclusiveMinimum === 0 ? 1 : undefined;
  if (told(maximum)) return `${low ?? 0} to ${maximum}`;
  return low === undefined ? 'number' : `number, at least ${low}`;
}

function defaultOf(value) {
  if (value === undefined || value === '') return 'none';
  return value === tmpdir() ? "the system's directory for temporary files" : code(value);
}

// --- errors ------------------------------------------------------------------------------------------------------------------------

async function errors() {
  const { refusalCodes, refusalKind } = await built('libs/domain/dist/index.js');
  const { statusOfKind, exitCodeOfKind } = await built('libs/contracts/dist/index.js');
  const rows = refusalCodes.map((name) => {
    const kind = refusalKind(name);
    return [code(name), kind, statusOfKind[kind], exitCodeOfKind[kind]];
  });
  return table(['code', 'kind', 'HTTP status', 'exit code'], rows);
}

// --- layers, events, jobs ------------------------------------------------------------------------------------------------------------

async function layers() {
  const { default: config } = await built('eslint.config.mjs');
  const rule = config.map((part) => part.rules?.['@nx/enforce-module-boundaries']).find(Array.isArray);
  const short = (tag) => (tag === '*' ? 'everything' : tag.replace('layer:', ''));
  const rows = rule[1].depConstraints.map(
    ({ sourceTag, onlyDependOnLibsWithTags: inside, allowedExternalImports, bannedExternalImports }) => [
      short(sourceTag),
      inside.map(short).join(', '),
      outside(allowedExternalImports, bannedExternalImports),
    ],
  );
  return table(['layer', 'may import', 'third-party packages'], rows);
}

function outside(allowed, banned) {
  if (allowed !== undefined) return allowed.length === 0 ? 'none' : `only ${allowed.map(code).join(', ')}`;
  return banned === undefined ? 'any' : `any but ${banned.map(code).join(', ')}`;
}

async function events() {
  const { eventDeclarations } = await built('libs/contracts/dist/index.js');
  const { jobsStartedBy } = await startedJobs();
  return table(
    ['event', 'meaning', 'starts job'],
    eventDeclarations.map(({ type, description }) => [code(type), description, jobsStartedBy(type)]),
  );
}

/** The reactions table itself, asked with the golden sample of each event that reacts. */
async function startedJobs() {
  const { jobsOf, reactingTypes } = await built('libs/application/dist/index.js');
  const jobsStartedBy = (type) => {
    if (!reactingTypes.includes(type)) return '';
    const payload = Buffer.from(read(`test/golden/events/${type}.cbor.hex`).replaceAll(/\s/g, ''), 'hex');
    const subject = { kind: 'package', id: '00000000-0000-4000-8000-000000000000' };
    return jobsOf({ type, payload, subject, traceparent: null })
      .map(({ job }) => code(job.name))
      .join(', ');
  };
  return { jobsStartedBy };
}

async function jobs() {
  const { jobs: declared, lanes } = await built('libs/contracts/dist/index.js');
  const rows = declared.map(({ name, lane, description, attempts }) => [code(name), lane, description, attempts]);
  const laneRows = Object.values(lanes).map(({ name, description, concurrency }) => [name, description, concurrency]);
  return `${table(['job', 'lane', 'what it does', 'tries'], rows)}\n\n${table(['lane', 'profile', 'jobs at once per process'], laneRows)}`;
}

// --- alerts --------------------------------------------------------------------------------------------------------------------------

function alerts() {
  const { groups } = parse(read('charts/muniment/alerts/muniment.rules.yaml'));
  const rows = groups
    .flatMap(({ rules }) => rules)
    .map(({ alert, labels, for: delay, annotations: { summary, runbook } }) => {
      const page = runbook.replace(/^OPERATOR\.md(?=#)/, '');
      const sentence = summary.replaceAll(/\{\{ \$labels\.(\w+) \}\}/g, '`$1`');
      return [
        code(alert),
        labels.severity,
        sentence,
        delay ?? 'at once',
        `[${page.replace(/^.*[/#]|\.md$/g, '').replaceAll('-', ' ')}](${page})`,
      ];
    });
  return table(['alert', 'severity', 'says', 'after', 'what to do'], rows);
}

// --- what is written ------------------------------------------------------------------------------------------------------------------

const pages = {
  'docs/configuration.md': { configuration },
  'OPERATOR.md': { alerts },
  'docs/http.md': { errors },
  'docs/ARCHITECTURE-BLUEPRINT.md': { layers, events, jobs },
};

const stale = [];
for (const [page, parts] of Object.entries(pages)) {
  const before = read(page);
  let after = before;
  for (const [name, part] of Object.entries(parts)) after = replaced(after, name, await part(), page);
  after = await format(after, { ...readJson('.prettierrc.json'), parser: 'markdown' });
  if (after === before) continue;
  stale.push(page);
  if (!checking) writeFileSync(join(root, page), after);
}
for (const page of stale) process.stdout.write(`${checking ? 'out of date' : 'written'}: ${page}\n`);
if (checking && stale.length > 0) {
  process.stdout.write('run "npm run docs" and commit the result\n');
  process.exitCode = 1;
}
