import { Controller, Get, Inject, Param, Req, Res } from '@nestjs/common';
import { ApiQuery, ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import type { Principal } from '@muniment/domain';
import type { Gateway } from '../../open-gateway.js';
import { gatewayToken } from '../../tokens.js';
import { Caller } from '../access/authentication.js';
import { Answers } from '../describe-api.js';
import { packageIdOf } from '../packages/package-id.js';
import { checkpointQuery } from './log-query.js';
import { sendInclusion } from './proof-answer.js';

@ApiTags('log')
@Controller('packages')
export class PackageProofController {
  constructor(@Inject(gatewayToken) private readonly gateway: Gateway) {}

  @Get(':id/log-proof')
  @ApiQuery({ name: 'cosignatures', required: false })
  @ApiQuery({ name: 'witness', required: false, isArray: true })
  @Answers(200, 'A .tlog-proof that the event which finalized the package is in the log: text/plain, or JSON by Accept')
  async proof(@Caller() caller: Principal, @Param('id') id: string, @Req() request: Request, @Res() response: Response): Promise<void> {
    const packageId = packageIdOf(id);
    const { wanted } = checkpointQuery.parse(request.query);
    const inclusion = await this.gateway.serveLog.ofPackage(caller, packageId, wanted);
    sendInclusion(request, response, inclusion, `${packageId}.tlog-proof`);
  }
}
