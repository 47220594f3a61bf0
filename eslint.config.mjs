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

/** Its exports are what a project shows; the boundary rule, besides, knows a built file only where it has been built. */
const builtFile = { regex: '^(?:@muniment/|\\.{1,2}/)(?:.*/)?dist/', message: 'Import the project, not a file of its build.' };
const node = { regex: '^node:', message: 'The domain is pure: no clock, no I/O, no Node modules.' };

export default tseslint.config(
  { ignores: ['**/dist/**', '**/generated/**', 'node_modules/**', '.nx/**', '.muniment/**', '**/*.mjs', 'prisma.config.ts'] },
  ...tseslint.configs.recommendedTypeChecked.map((c) => ({ ...c, files: ['**/*.ts'] })),
  {
    files: ['**/*.ts'],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    plugins: { '@nx': nx },
    rules: {
      '@nx/enforce-module-boundaries': ['error', { enforceBuildableLibDependency: true, allow: [], depConstraints: layers }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/no-explicit-any': 'error',
      'max-lines': ['error', { max: 400, skipBlankLines: true, skipComments: true }],
      'max-depth': ['error', 4],
      'no-restricted-imports': ['error', { patterns: [builtFile] }],
    },
  },
  {
    files: ['libs/domain/src/**/*.ts'],
    ignores: ['**/*.spec.ts'],
    rules: { 'no-restricted-imports': ['error', { patterns: [builtFile, node] }] },
  },
  {
    files: ['apps/**/*.ts', 'libs/platform/**/*.ts', 'libs/adapters/**/*.ts'],
    // Nest reads constructor parameter types at run time: a type-only import would erase them.
    rules: { '@typescript-eslint/consistent-type-imports': 'off', '@typescript-eslint/no-extraneous-class': 'off' },
  },
  {
    // The one program outside of apps/ that runs an app's module: to put another store into it.
    files: ['test/bench/discarding-gateway.ts'],
    rules: { '@nx/enforce-module-boundaries': 'off', 'no-restricted-imports': 'off' },
  },
  {
    files: ['**/*.spec.ts', '**/*.suite.ts'],
    rules: { '@nx/enforce-module-boundaries': 'off', 'max-lines': 'off' },
  },
);
