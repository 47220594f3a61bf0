import { Controller, Get, Head, Inject, Param, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { parseSha256, type Principal } from '@muniment/domain';
import type { Gateway } from '../../open-gateway.js';
import { gatewayToken } from '../../tokens.js';
import { Caller } from '../access/authentication.js';
import { Answers } from '../describe-api.js';
import { serveBytes } from './serve-bytes.js';

@ApiTags('files')
@Controller('blobs')
export class BlobsController {
  constructor(@Inject(gatewayToken) private readonly gateway: Gateway) {}

  /** Content by `sha256:<hex>`, for whoever may read a repository that refers to it. */
  @Get(':digest')
  @Answers(200, 'The bytes')
  async get(
    @Caller() caller: Principal,
    @Param('digest') digest: string,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    const sha256 = parseSha256(digest);
    await serveBytes(request, response, await this.gateway.openFile.blob(sha256, caller), sha256);
  }

  @Head(':digest')
  head(@Caller() caller: Principal, @Param('digest') digest: string, @Req() request: Request, @Res() response: Response): Promise<void> {
    return this.get(caller, digest, request, response);
  }
}
