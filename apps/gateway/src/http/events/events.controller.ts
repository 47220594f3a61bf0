import { Controller, Get, Inject, Req, Res } from '@nestjs/common';
import { ApiQuery, ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { z } from 'zod';
import { eventsHttp } from '@muniment/contracts';
import type { Principal } from '@muniment/domain';
import type { Gateway } from '../../open-gateway.js';
import { gatewayToken } from '../../tokens.js';
import { Caller } from '../access/authentication.js';
import { sendCanonical } from '../answers/canonical-answer.js';
import { eventAnswer } from '../answers/event-answer.js';
import { Answers } from '../describe-api.js';
import { streamEvents } from './stream-events.js';

/** Highest sequence the database can hold. */
const maxPosition = 2n ** 63n - 1n;
const position = z.coerce.bigint().nonnegative().max(maxPosition);
const query = z.strictObject({
  after: position.optional(),
  /** Older spelling of `after`. */
  since: position.optional(),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
  type: z.union([z.string(), z.array(z.string())]).optional(),
  subject: z.uuid().optional(),
});

@ApiTags('events')
@Controller('events')
export class EventsController {
  constructor(@Inject(gatewayToken) private readonly gateway: Gateway) {}

  @Get()
  @ApiQuery({ name: 'after', required: false, description: 'Sequence after which to read; 0 for the beginning' })
  @ApiQuery({ name: 'limit', required: false })
  @ApiQuery({ name: 'type', required: false, isArray: true })
  @ApiQuery({ name: 'subject', required: false })
  @Answers(200, 'Events in order, without gaps: JCS, or CBOR by Accept', eventsHttp.eventAnswer.array())
  async list(@Caller() caller: Principal, @Req() request: Request, @Res() response: Response): Promise<void> {
    const { after, since, limit, type, subject } = query.parse(request.query);
    const events = await this.gateway.readEvents.execute({
      caller,
      after: after ?? since ?? 0n,
      limit,
      ...(type === undefined ? {} : { types: [type].flat() }),
      ...(subject === undefined ? {} : { subjectId: subject }),
    });
    sendCanonical(request, response, events.map(eventAnswer));
  }

  /** Server-sent events; the id of each is its sequence, so that `Last-Event-ID` resumes without a gap. */
  @Get('stream')
  @Answers(200, 'text/event-stream')
  async stream(@Caller() caller: Principal, @Req() request: Request, @Res() response: Response): Promise<void> {
    const { after, since, type, subject } = query.parse(request.query);
    const lastEventId = request.headers['last-event-id'];
    await streamEvents(request, response, this.gateway.readEvents, this.gateway.host.draining, {
      caller,
      after: typeof lastEventId === 'string' && lastEventId !== '' ? position.parse(lastEventId) : (after ?? since ?? 0n),
      ...(type === undefined ? {} : { types: [type].flat() }),
      ...(subject === undefined ? {} : { subjectId: subject }),
    });
  }
}
