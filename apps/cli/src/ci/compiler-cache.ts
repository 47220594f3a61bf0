import { filled, type Environment } from './environment.js';

/** Variables that put a program before the compiler (Cargo, CMake). */
const wrapperVariables = ['RUSTC_WRAPPER', 'CARGO_BUILD_RUSTC_WRAPPER', 'CMAKE_C_COMPILER_LAUNCHER', 'CMAKE_CXX_COMPILER_LAUNCHER'];

/**
 * Whether compilers were run through sccache or ccache, as far as this environment tells (MET-18). `off` only where it was turned off: an environment
 * that says nothing is no proof, since the build may have been another job.
 */
export function compilerCache(env: Environment): 'on' | 'off' | undefined {
  const wrappers = wrapperVariables.map((name) => env[name]).filter((value) => value !== undefined);
  if (isTrue(env['SCCACHE_GHA_ENABLED']) || wrappers.some((wrapper) => isCache(wrapper, 'sccache'))) return 'on';
  if (filled(env['CCACHE_DISABLE'])) return 'off';
  if (wrappers.some((wrapper) => isCache(wrapper, 'ccache'))) return 'on';
  // Cargo takes an empty wrapper as "none", whatever its configuration says.
  return wrappers.some((wrapper) => wrapper === '') ? 'off' : undefined;
}

function isCache(wrapper: string, program: string): boolean {
  return wrapper.split(/[\s;]+/).some((word) => word.slice(word.lastIndexOf('/') + 1) === program);
}

function isTrue(text: string | undefined): boolean {
  return text === 'true' || text === 'on' || text === '1';
}
