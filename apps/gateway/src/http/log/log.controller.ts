import { Controller, Get, Inject, Req, Res } from '@nestjs/common';
import { ApiParam, ApiQuery, ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import type { Gateway } from '../../open-gateway.js';
import { gatewayToken } from '../../tokens.js';
import { visitorOf } from '../access/authentication.js';
import { Answers } from '../describe-api.js';
import { checkpointQuery, consistencyQuery, proofQuery } from './log-query.js';
import { plainText, sendConsistency, sendInclusion } from './proof-answer.js';

/** The tree of the log as C2SP tlog-tiles wants it, and proofs for those who do not want to compute them. */
@ApiTags('log')
@Controller('log')
export class LogController {
  constructor(@Inject(gatewayToken) private readonly gateway: Gateway) {}

  @Get('checkpoint')
  @ApiQuery({ name: 'cosignatures', required: false, description: 'The latest that so many log witnesses signed' })
  @ApiQuery({ name: 'witness', required: false, isArray: true, description: 'Only log witnesses of these names count' })
  @Answers(200, 'The latest signed checkpoint (C2SP tlog-checkpoint), text/plain')
  async checkpoint(@Req() request: Request, @Res() response: Response): Promise<void> {
    const { wanted } = checkpointQuery.parse(request.query);
    const note = await this.gateway.serveLog.checkpoint(visitorOf(request), wanted);
    response.setHeader('Cache-Control', this.cacheable('max-age=2')).setHeader('Content-Type', plainText).end(note);
  }

  @Get('tile/*path')
  @ApiParam({ name: 'path', description: '<level>/<index>[.p/<width>], or entries/<index>[.p/<width>] (C2SP tlog-tiles)' })
  @Answers(200, 'Hashes of a tile, or a bundle of entries: application/octet-stream')
  async tile(@Req() request: Request, @Res() response: Response): Promise<void> {
    // As it was sent: the path of a tile has one spelling.
    const path = request.path.slice('/log/'.length);
    const bytes = await this.gateway.serveLog.tile(visitorOf(request), path);
    response
      .setHeader('Cache-Control', this.cacheable('max-age=31536000, immutable'))
      .setHeader('Content-Type', 'application/octet-stream')
      .setHeader('Content-Length', bytes.length)
      .end(request.method === 'HEAD' ? undefined : bytes);
  }

  @Get('proof')
  @ApiQuery({ name: 'sequence', description: 'Number of the event' })
  @ApiQuery({ name: 'cosignatures', required: false })
  @ApiQuery({ name: 'witness', required: false, isArray: true })
  @Answers(200, 'A .tlog-proof (C2SP tlog-proof) that the event is in the log: text/plain, or JSON by Accept')
  async proof(@Req() request: Request, @Res() response: Response): Promise<void> {
    const { sequence, wanted } = proofQuery.parse(request.query);
    const inclusion = await this.gateway.serveLog.inclusion(visitorOf(request), sequence, wanted);
    sendInclusion(request, response, inclusion, `event-${sequence}.tlog-proof`);
  }

  @Get('consistency')
  @ApiQuery({ name: 'from', description: 'Size of the tree of an older checkpoint' })
  @ApiQuery({ name: 'cosignatures', required: false })
  @ApiQuery({ name: 'witness', required: false, isArray: true })
  @Answers(200, 'Proof that the latest checkpoint continues that tree: text/plain, or JSON by Accept')
  async consistency(@Req() request: Request, @Res() response: Response): Promise<void> {
    const { from, wanted } = consistencyQuery.parse(request.query);
    sendConsistency(request, response, await this.gateway.serveLog.consistency(visitorOf(request), from, wanted));
  }

  /** Shared caches may keep only what everybody may read. */
  private cacheable(forHowLong: string): string {
    return `${this.gateway.serveLog.isPublic ? 'public' : 'private'}, ${forHowLong}`;
  }
}
