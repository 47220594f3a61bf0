import { Controller, Get, Inject, Param, Req, Res } from '@nestjs/common';
import { ApiQuery, ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { z } from 'zod';
import { eventsHttp, retentionHttp, type RetentionAnswer } from '@muniment/contracts';
import type { Principal } from '@muniment/domain';
import type { Gateway } from '../../open-gateway.js';
import { gatewayToken } from '../../tokens.js';
import { Caller } from '../access/authentication.js';
import { sendCanonical } from '../answers/canonical-answer.js';
import { eventAnswer } from '../answers/event-answer.js';
import { retentionAnswer } from '../answers/retention-answer.js';
import { Answers } from '../describe-api.js';
import { packageIdOf } from '../packages/package-id.js';
import { givenInstant } from './given-instant.js';

/** Highest sequence the database can hold. */
const maxPosition = 2n ** 63n - 1n;
const explanationQuery = z.strictObject({ as_of: z.iso.datetime({ offset: true }).optional() });
const historyQuery = z.strictObject({
  after: z.coerce.bigint().nonnegative().max(maxPosition).default(0n),
  limit: z.coerce.number().int().min(1).max(1000).optional(),
});

@ApiTags('retention')
@Controller('packages/:id/retention')
export class ExplanationController {
  constructor(@Inject(gatewayToken) private readonly gateway: Gateway) {}

  /** With `as_of` from the log alone: the state that the package's events up to that instant make, explained as of it. */
  @Get()
  @ApiQuery({ name: 'as_of', required: false, description: 'RFC 3339: how it stood at that instant' })
  @Answers(200, 'How long the package is kept, and why', retentionHttp.retentionAnswer)
  async explain(@Caller() caller: Principal, @Param('id') id: string, @Req() request: Request): Promise<RetentionAnswer> {
    const { as_of } = explanationQuery.parse(request.query);
    const { explain } = this.gateway.retention;
    if (as_of === undefined) return retentionAnswer(await explain.now(packageIdOf(id), caller), this.gateway.clock.now());
    const asOf = givenInstant(as_of);
    return retentionAnswer(await explain.asOf(packageIdOf(id), asOf, caller), asOf);
  }

  @Get('history')
  @ApiQuery({ name: 'after', required: false, description: 'Sequence after which to read' })
  @ApiQuery({ name: 'limit', required: false, description: 'At most this many, 1 to 1,000; absent: all' })
  @Answers(200, 'What happened to the retention of the package, oldest first: JCS, or CBOR by Accept', eventsHttp.eventAnswer.array())
  async history(@Caller() caller: Principal, @Param('id') id: string, @Req() request: Request, @Res() response: Response): Promise<void> {
    const { after, limit } = historyQuery.parse(request.query);
    const events = await this.gateway.retention.explain.history(packageIdOf(id), { after, limit: limit ?? null }, caller);
    sendCanonical(request, response, events.map(eventAnswer));
  }
}
