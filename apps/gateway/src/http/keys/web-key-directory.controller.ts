import { createHash } from 'node:crypto';
import { Controller, Get, Inject, Param, Res } from '@nestjs/common';
import { ApiQuery, ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import { Refusal } from '@muniment/domain';
import { binaryCertificate, wkdLocalPart } from '@muniment/signing';
import type { Gateway } from '../../open-gateway.js';
import { gatewayToken } from '../../tokens.js';
import { Answers } from '../describe-api.js';
import { releaseCertificates } from './release-certificates.js';

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
  async find(@Param('hash') hash: string, @Res() response: Response): Promise<void> {
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

const alphabet = 'ybndrfg8ejkmcpqxot1uwisza345h769';

/** z-base-32 of the SHA-1 of the local part in lower case: five bits a letter, most significant first. 160 bits are 32 letters. */
function wkdHash(local: string): string {
  const bits = [...createHash('sha1').update(local.toLowerCase()).digest()].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  return bits.replace(/.{5}/g, (five) => alphabet.charAt(Number.parseInt(five, 2)));
}
