import { createHash } from 'node:crypto';
import { Controller, Get, Inject, Param, Query, Res } from '@nestjs/common';
import { ApiQuery, ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import { evidenceHttp, type KeyListAnswer } from '@muniment/contracts';
import { Refusal } from '@muniment/domain';
import { armoredKeyring, binaryCertificate, wkdLocalPart } from '@muniment/signing';
import type { Gateway } from '../../open-gateway.js';
import { gatewayToken } from '../../tokens.js';
import { Answers } from '../describe-api.js';
import { keyAnswer } from './key-answer.js';

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
    const key = (await this.gateway.archive.postgres.signingKeys.list()).find(({ announced }) => isNamed(announced.key_id, id));
    if (key === undefined || key.announced.algorithm === 'openpgp') throw new Refusal('key_not_found', `There is no key ${id ?? file}.`);
    response.setHeader('Content-Type', 'application/x-pem-file').end(key.announced.public_key);
  }
}

/** A fingerprint has slashes and plus signs, so that it may also be given in the alphabet of addresses (base64url). */
function isNamed(keyId: string, id: string | undefined): boolean {
  return keyId === id || keyId.replaceAll('+', '-').replaceAll('/', '_') === id;
}

/** Web Key Directory (draft-koch-openpgp-webkey-service), direct method: the certificate of an address at this host. */
@ApiTags('keys')
@Controller('.well-known/openpgpkey')
export class WebKeyDirectoryController {
  constructor(@Inject(gatewayToken) private readonly gateway: Gateway) {}

  @Get('policy')
  @Answers(200, 'Empty: no restrictions')
  policy(@Res() response: Response): void {
    response.setHeader('Content-Type', 'text/plain; charset=utf-8').setHeader('Access-Control-Allow-Origin', '*').end('');
  }

  @Get('hu/:hash')
  @ApiQuery({ name: 'l', required: false, description: 'The local part as written; the hash decides' })
  @Answers(200, 'The binary certificate: application/octet-stream')
  async find(@Param('hash') hash: string, @Res() response: Response, @Query('l') _local?: unknown): Promise<void> {
    for (const certificate of await releaseCertificates(this.gateway)) {
      const local = await wkdLocalPart(certificate);
      if (local === null || wkdHash(local) !== hash) continue;
      response
        .setHeader('Content-Type', 'application/octet-stream')
        .setHeader('Access-Control-Allow-Origin', '*')
        .end(await binaryCertificate(certificate));
      return;
    }
    throw new Refusal('key_not_found', 'There is no key of that address.');
  }
}

async function releaseCertificates(gateway: Gateway): Promise<readonly string[]> {
  const keys = await gateway.archive.postgres.signingKeys.list();
  return keys.flatMap(({ announced, compromisedAt }) =>
    announced.purpose === 'release' && compromisedAt === null ? [announced.public_key] : [],
  );
}

const alphabet = 'ybndrfg8ejkmcpqxot1uwisza345h769';

/** z-base-32 of the SHA-1 of the local part in lower case: five bits a letter, most significant first. 160 bits are 32 letters. */
function wkdHash(local: string): string {
  const bits = [...createHash('sha1').update(local.toLowerCase()).digest()].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  return bits.replace(/.{5}/g, (five) => alphabet.charAt(Number.parseInt(five, 2)));
}
