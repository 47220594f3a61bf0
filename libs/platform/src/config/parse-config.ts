import { z } from 'zod';
import { knownVariables } from './known-variables.js';
import { platformConfig } from './platform-config.js';

/** A fragment, or several merged by spreading: variable name -> schema with a description. */
export type ConfigShape = Readonly<Record<string, z.ZodType>>;
export type ConfigOf<Shape extends ConfigShape> = z.output<z.ZodObject<Shape>>;
export type PlatformConfig = ConfigOf<typeof platformConfig>;
export type Environment = Readonly<Record<string, string | undefined>>;

/** The configuration cannot be used. Lists every problem; names variables and never shows their values. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  constructor(readonly problems: readonly string[]) {
    super(`configuration has ${String(problems.length)} problem(s):\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
  }
}

/**
 * Reads the environment once, for the whole life of the process. An empty variable counts as absent (charts render those).
 * @param check rules between variables; returns a sentence per problem. Only asked when each variable is fine by itself.
 * @throws ConfigError with all problems at once
 */
export function parseConfig<Shape extends ConfigShape>(
  shape: Shape,
  env: Environment,
  check?: (config: ConfigOf<Shape> & PlatformConfig) => readonly string[],
): ConfigOf<Shape> & PlatformConfig {
  const present = Object.fromEntries(Object.entries(env).filter(([name, value]) => name.startsWith('MUNIMENT_') && value !== ''));
  const own = z.object(shape).safeParse(present);
  const shared = z.object(platformConfig).safeParse(present);
  const problems = [
    ...Object.keys(present)
      .filter((name) => !(name in shape) && !knownVariables.has(name))
      .map((name) => `${name}: no such variable`),
    ...(shared.success ? [] : describe(shared.error, platformConfig, present)),
    ...(own.success ? [] : describe(own.error, shape, present)),
  ];
  if (!own.success || !shared.success || problems.length > 0) throw new ConfigError([...new Set(problems)].sort());
  const config = { ...shared.data, ...own.data };
  Object.freeze(config);
  const conflicts = check?.(config) ?? [];
  if (conflicts.length > 0) throw new ConfigError(conflicts);
  return config;
}

function describe(error: z.ZodError, shape: ConfigShape, present: Environment): string[] {
  return error.issues.map((issue) => {
    const name = String(issue.path[0]);
    const purpose = shape[name]?.description;
    const fault = present[name] === undefined ? 'is required' : issue.message;
    return `${name}: ${fault}${purpose === undefined ? '' : ` (${purpose})`}`;
  });
}
