import nx from '@nx/eslint-plugin';
import tseslint from 'typescript-eslint';

/** Layer table (docs/ARCHITECTURE-BLUEPRINT.md): what each layer may import, in the workspace and from outside. */
const inner = ['layer:domain', 'layer:formats', 'layer:contracts'];
const layers = [
  { sourceTag: 'layer:domain', onlyDependOnLibsWithTags: ['layer:domain'], allowedExternalImports: [] },
  {
    sourceTag: 'layer:formats',
    onlyDependOnLibsWithTags: ['layer:domain'],
    allowedExternalImports: [
      'cbor2',
      'canonicalize',
      '@napi-rs/blake-hash',
      'toml-eslint-parser',
      '@sigstore/bundle',
      '@sigstore/protobuf-specs',
      '@sigstore/verify',
    ],
  },
  { sourceTag: 'layer:contracts', onlyDependOnLibsWithTags: ['layer:domain'], allowedExternalImports: ['zod'] },
  { sourceTag: 'layer:application', onlyDependOnLibsWithTags: inner, allowedExternalImports: [] },
  {
    sourceTag: 'layer:adapter',
    onlyDependOnLibsWithTags: [...inner, 'layer:application', 'layer:testing'],
    bannedExternalImports: ['@nestjs/core', '@nestjs/platform-express', '@opentelemetry/sdk-*'],
  },
  {
    sourceTag: 'layer:platform',
    onlyDependOnLibsWithTags: ['layer:domain', 'layer:contracts'],
    bannedExternalImports: ['@prisma/*', 'pg', 'minio', 'bullmq', 'ioredis'],
  },
  {
    // Puts adapters behind ports, once for all services.
    sourceTag: 'layer:assembly',
    onlyDependOnLibsWithTags: [...inner, 'layer:application', 'layer:adapter', 'layer:platform'],
    bannedExternalImports: ['@prisma/*', 'pg', 'minio', 'bullmq', 'ioredis'],
  },
  { sourceTag: 'layer:client', onlyDependOnLibsWithTags: ['layer:domain', 'layer:contracts'], allowedExternalImports: [] },
  {
    // What a consumer can check with files and pinned keys alone.
    sourceTag: 'layer:verification',
    onlyDependOnLibsWithTags: inner,
    allowedExternalImports: ['openpgp', '@sigstore/core'],
  },
  { sourceTag: 'layer:testing', onlyDependOnLibsWithTags: [...inner, 'layer:application'] },
  {
    sourceTag: 'layer:app',
    onlyDependOnLibsWithTags: [
      ...inner,
      'layer:application',
      'layer:adapter',
      'layer:platform',
      'layer:assembly',
      'layer:client',
      'layer:verification',
    ],
    bannedExternalImports: ['@prisma/*', 'pg', 'minio', 'bullmq', 'ioredis'],
  },
  { sourceTag: 'layer:test', onlyDependOnLibsWithTags: ['*'] },
];

/** Nothing else is judged here: all other rules are in .oxlintrc.json, which knows types and takes a tenth of the time (docs/adr/0025). */
export default [
  {
    ignores: ['**/dist/**', '**/generated/**', '**/*.mjs', '**/*.spec.ts', '**/*.suite.ts', 'prisma.config.ts'],
  },
  // The one program outside of apps/ that runs an app's module: to put another store into it.
  { ignores: ['test/bench/discarding-gateway.ts'] },
  {
    files: ['**/*.ts'],
    languageOptions: { parser: tseslint.parser },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    plugins: { '@nx': nx },
    rules: { '@nx/enforce-module-boundaries': ['error', { enforceBuildableLibDependency: true, allow: [], depConstraints: layers }] },
  },
];
