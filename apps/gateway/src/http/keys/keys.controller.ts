import { Controller, Get, Inject, Param, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import { evidenceHttp, type AgainAnswer, type AgainBody, type KeyListAnswer } from '@muniment/contracts';
import { Refusal, type KeyState, type Principal } from '@muniment/domain';
import { currentTraceparent } from '@muniment/platform';
import { armoredKeyring } from '@muniment/signing';
import type { Gateway } from '../../open-gateway.js';
import { gatewayToken } from '../../tokens.js';
import { PostOnce } from '../access/idempotency.interceptor.js';
import { Caller } from '../access/authentication.js';
import { Answers, Takes } from '../describe-api.js';
import { JsonBody } from '../json-body.js';
import { againAnswer } from './again-answer.js';
import { keyAnswer } from './key-answer.js';
import { releaseCertificates } from './release-certificates.js';

const mostPackages = 1_000;

/** Public halves of the archive's keys, in the forms that other programs take. */
@ApiTags('keys')
@Controller('keys')
export class KeysController {
  constructor(@Inject(gatewayToken) private readonly gateway: Gateway) {}

  @Get()
  @Answers(200, 'Every key there ever was, with its purpose and validity', evidenceHttp.keyListAnswer)
  async list(): Promise<KeyListAnswer> {
    return { keys: (await this.gateway.archive.postgres.signingKeys.list()).map(keyAnswer) };
  }

  /** Of release keys that are not compromised; retired ones too, since what they signed stays signed. */
  @Get('release.asc')
  @Answers(200, 'Armored OpenPGP certificates: application/pgp-keys')
  async release(@Res() response: Response): Promise<void> {
    const certificates = await releaseCertificates(this.gateway);
    if (certificates.length === 0) throw new Refusal('key_not_found', 'The archive has no release key.');
    response.setHeader('Content-Type', 'application/pgp-keys').end(await armoredKeyring(certificates));
  }

  @Get(':file')
  @Answers(200, 'SubjectPublicKeyInfo in PEM: application/x-pem-file')
  async pem(@Param('file') file: string, @Res() response: Response): Promise<void> {
    const id = /^(.+)\.pem$/.exec(file)?.[1];
    const key = await this.find(id);
    if (key === undefined || key.announced.algorithm === 'openpgp') throw new Refusal('key_not_found', `There is no key ${id ?? file}.`);
    response.setHeader('Content-Type', 'application/x-pem-file').end(key.announced.public_key);
  }

  /** Makes due again what only this withdrawn key vouches for. Needs the verb `admin` in every repository. Asking twice asks once. */
  @PostOnce(':key/attest-again')
  @Takes(evidenceHttp.againBody)
  @Answers(200, 'What is due again, one page; with `dry_run` what would be', evidenceHttp.againAnswer)
  async again(
    @Caller() caller: Principal,
    @Param('key') key: string,
    @JsonBody(evidenceHttp.againBody) body: AgainBody,
  ): Promise<AgainAnswer> {
    const { dry_run, reason, repository = null, after = null, limit = mostPackages } = body;
    const keyId = (await this.find(key))?.announced.key_id ?? key;
    const asked = { caller, keyId, dryRun: dry_run === true, reason, repository, after, limit, traceparent: currentTraceparent() };
    return againAnswer(await this.gateway.attestations.again.execute(asked), asked.dryRun);
  }

  private async find(id: string | undefined): Promise<KeyState | undefined> {
    return (await this.gateway.archive.postgres.signingKeys.list()).find(({ announced }) => isNamed(announced.key_id, id));
  }
}

/** A fingerprint has slashes and plus signs, so that it may also be given in the alphabet of addresses (base64url). */
function isNamed(keyId: string, id: string | undefined): boolean {
  return keyId === id || keyId.replaceAll('+', '-').replaceAll('/', '_') === id;
}
