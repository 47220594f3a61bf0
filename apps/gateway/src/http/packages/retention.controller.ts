import { Controller, Get, Inject, Param, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { retentionHttp, type PackageAnswer } from '@muniment/contracts';
import type { Principal } from '@muniment/domain';
import type { Gateway } from '../../open-gateway.js';
import { gatewayToken } from '../../tokens.js';
import { Caller } from '../access/authentication.js';
import { sendCanonical } from '../answers/canonical-answer.js';
import { eventAnswer } from '../answers/event-answer.js';
import { retentionAnswer } from '../answers/retention-answer.js';
import { Answers } from '../describe-api.js';
import { packageIdOf } from './package-id.js';

const maxHistory = 10_000;

@ApiTags('retention')
@Controller('packages/:id/retention')
export class RetentionController {
  constructor(@Inject(gatewayToken) private readonly gateway: Gateway) {}

  @Get()
  @Answers(200, 'How long the package is kept, and why', retentionHttp.retentionAnswer)
  async explain(@Caller() caller: Principal, @Param('id') id: string): Promise<PackageAnswer['retention']> {
    const view = await this.gateway.readPackage.visible(packageIdOf(id), caller);
    return retentionAnswer(view.retention, this.gateway.clock.now());
  }

  @Get('history')
  @Answers(200, 'Retention events, oldest first: JCS, or CBOR by Accept')
  async history(@Caller() caller: Principal, @Param('id') id: string, @Req() request: Request, @Res() response: Response): Promise<void> {
    const packageId = packageIdOf(id);
    await this.gateway.readPackage.visible(packageId, caller);
    const events = await this.gateway.readEvents.execute({ caller, after: 0n, limit: maxHistory, subjectId: packageId });
    sendCanonical(request, response, events.filter((e) => e.type.startsWith('v1.retention.')).map(eventAnswer));
  }
}
