import { setTimeout as sleep } from 'node:timers/promises';
import type { MunimentClient } from '@muniment/client';
import type { AttestationAnswer, MissingStatementAnswer } from '@muniment/contracts';
import { CliError, exitCodes } from '../exit-codes.js';

/** What the command tells. */
export interface AttestationStatus extends AttestationAnswer {
  readonly package_id: string;
  readonly repository: string;
  readonly satisfied: boolean;
  readonly missing: MissingStatementAnswer[];
}

export interface StatusRequest {
  readonly packageId: string;
  /** 0: the first answer counts. */
  readonly waitSeconds: number;
  /** Nothing may be missing, whatever the policy requires. */
  readonly strict: boolean;
  readonly signal: AbortSignal;
}

/** The status when it is as wanted, or will not become so by waiting, or the time is over. */
export async function attestationStatus(client: MunimentClient, request: StatusRequest): Promise<AttestationStatus> {
  const until = Date.now() + request.waitSeconds * 1000;
  for (let pauseMs = 200; ; pauseMs = Math.min(pauseMs * 2, 2_000)) {
    const status = await statusOf(client, request.packageId);
    const left = until - Date.now();
    if (isAsWanted(status, request) || !mayCome(status) || left <= 0) return status;
    await sleep(Math.min(pauseMs, left), undefined, { signal: request.signal });
  }
}

/** 0, `timeout` for what waiting longer may bring, else `check_failed`. */
export function exitCodeOfStatus(status: AttestationStatus, request: StatusRequest): number {
  if (isAsWanted(status, request)) return exitCodes.ok;
  return request.waitSeconds > 0 && mayCome(status) ? exitCodes.timeout : exitCodes.check_failed;
}

async function statusOf(client: MunimentClient, packageId: string): Promise<AttestationStatus> {
  const { id, repository, attestation } = await client.package(packageId);
  if (attestation?.satisfied === undefined || attestation.missing === undefined)
    throw new CliError('server_failed', 'The server does not tell whether a package is attested as it must be: it is of an older version.');
  const { satisfied, missing } = attestation;
  return { package_id: id, repository, ...attestation, satisfied, missing };
}

function isAsWanted({ satisfied, missing }: AttestationStatus, { strict }: StatusRequest): boolean {
  return strict ? missing.length === 0 : satisfied;
}

/** What the signer owes it signs some day; the rest needs a person. */
function mayCome({ missing }: AttestationStatus): boolean {
  return missing.every(({ reason }) => reason === 'not_finalized' || reason === 'due' || reason === 'failed');
}
