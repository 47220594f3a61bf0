import { setTimeout as sleep } from 'node:timers/promises';
import { ApiError, type MunimentClient } from '@muniment/client';
import type { PackageAnswer } from '@muniment/contracts';
import { Refusal, refusalCodes, type RefusalCode } from '@muniment/domain';
import { CliError } from '../exit-codes.js';

/** Says that the package is complete and waits for its manifest. A file the archive refused ends the wait with that file's own code. */
export async function awaitFinalized(
  client: MunimentClient,
  packageId: string,
  waitSeconds: number,
  signal: AbortSignal,
): Promise<PackageAnswer> {
  const until = Date.now() + waitSeconds * 1000;
  let pkg = await requestFinalization(client, packageId, Math.min(waitSeconds, 30));
  for (let pause = 100; pkg.state === 'created'; pause = Math.min(pause * 2, 2000)) {
    throwIfRefused(pkg);
    if (Date.now() >= until) {
      throw new CliError(
        'timeout',
        `Package ${packageId} is uploaded but not finalized after ${waitSeconds} s. It will be as soon as a hasher has verified its files; ` +
          'push again or run "muniment verify" with its id to look.',
        { package_id: packageId, files_waiting: pkg.files.filter((f) => f.state === 'received').map((f) => f.path) },
      );
    }
    await sleep(Math.min(pause, Math.max(1, until - Date.now())), undefined, { signal });
    pkg = await client.package(packageId);
  }
  return pkg;
}

async function requestFinalization(client: MunimentClient, packageId: string, waitSeconds: number): Promise<PackageAnswer> {
  try {
    return await client.finalize(packageId, waitSeconds);
  } catch (error) {
    if (!(error instanceof ApiError) || error.code !== 'package_has_refused_files') throw error;
    throwIfRefused(await client.package(packageId));
    throw error;
  }
}

function throwIfRefused(pkg: PackageAnswer): void {
  const refused = pkg.files.find((f) => f.state === 'refused');
  if (refused === undefined) return;
  const code = refused.refusal?.code ?? 'request_malformed';
  const detail = `${refused.path} was refused: ${refused.refusal?.detail ?? 'the archive gave no reason'} Correct the file and push again.`;
  const facts = { package_id: pkg.id, path: refused.path };
  const known = refusalCodes.find((c): c is RefusalCode => c === code);
  throw known === undefined ? new ApiError(422, code, detail, facts) : new Refusal(known, detail, facts);
}
