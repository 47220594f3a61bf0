import { Controller, Get, Inject, Req } from '@nestjs/common';
import { ApiQuery, ApiTags } from '@nestjs/swagger';
import type { Request } from 'express';
import { retentionHttp, type ClassesAnswer, type PreviewAnswer, type SweepAnswer, type SweepBody } from '@muniment/contracts';
import { actorOf, mayEverywhere, Refusal, type Principal } from '@muniment/domain';
import { currentTraceparent } from '@muniment/platform';
import type { Gateway } from '../../open-gateway.js';
import { gatewayToken } from '../../tokens.js';
import { PostOnce } from '../access/idempotency.interceptor.js';
import { Caller } from '../access/authentication.js';
import { Answers, Takes } from '../describe-api.js';
import { JsonBody } from '../json-body.js';
import { givenInstant } from './given-instant.js';
import { previewPage, previewRequest } from './preview-page.js';

/** Retention across packages. */
@ApiTags('retention')
@Controller('retention')
export class RetentionController {
  constructor(@Inject(gatewayToken) private readonly gateway: Gateway) {}

  @Get('classes')
  @Answers(200, 'The retention classes and the size of curated sets', retentionHttp.classesAnswer)
  classes(): ClassesAnswer {
    const { classes, curatedKeep } = this.gateway.retention.policy;
    return {
      classes: classes.map(({ name, durationSeconds }) => ({ name, default_duration_seconds: durationSeconds })),
      curated_keep: curatedKeep,
    };
  }

  /** What the rules would let go at an instant if nobody acts until then, earliest expiry first. Nothing is recorded. */
  @Get('preview')
  @ApiQuery({ name: 'at', required: false, description: 'RFC 3339; absent: now' })
  @ApiQuery({ name: 'without_hold', required: false, description: 'As if this hold had ended' })
  @ApiQuery({ name: 'after', required: false, description: '`next` of the page before' })
  @ApiQuery({ name: 'limit', required: false, description: '1 to 500 (50)' })
  @Answers(200, 'One page', retentionHttp.previewAnswer)
  async preview(@Caller() caller: Principal, @Req() request: Request): Promise<PreviewAnswer> {
    const asked = previewRequest(request.query, this.gateway.clock.now());
    const found = await this.gateway.retention.preview.execute({ ...asked, caller, limit: asked.limit + 1 });
    return previewPage(found, asked);
  }

  /** Marks what is due. Needs the verb `retention` in every repository. Marking again marks nothing twice. */
  @PostOnce('sweeps')
  @Takes(retentionHttp.sweepBody)
  @Answers(200, 'What was marked; with `dry_run` what would be', retentionHttp.sweepAnswer)
  async sweep(@Caller() caller: Principal, @JsonBody(retentionHttp.sweepBody) body: SweepBody): Promise<SweepAnswer> {
    if (!mayEverywhere(caller, 'retention')) {
      throw new Refusal(
        'forbidden',
        'A sweep goes through all repositories: it needs a token with the verb retention and the repository "*".',
      );
    }
    const dryRun = body.dry_run === true;
    const traceparent = currentTraceparent();
    const { asOf, marked } = await this.gateway.retention.sweep.execute({
      ...(body.now === undefined ? {} : { asOf: givenInstant(body.now) }),
      dryRun,
      attribution: { actor: actorOf(caller), time: this.gateway.clock.now(), ...(traceparent === null ? {} : { traceparent }) },
    });
    return { now: asOf, dry_run: dryRun, marked_package_ids: [...marked], marked_count: marked.length };
  }
}
