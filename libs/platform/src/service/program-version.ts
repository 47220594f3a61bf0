import { readFileSync } from 'node:fs';
import { z } from 'zod';

/** Version of all services, out of the package.json that this package ships with. */
export function programVersion(): string {
  const file = new URL('../../package.json', import.meta.url);
  return z.object({ version: z.string() }).parse(JSON.parse(readFileSync(file, 'utf8'))).version;
}
