import { Controller, Inject, Param, Req } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Request } from 'express';
import { retentionHttp, type ExtensionBody, type HoldAnswer, type RetentionAnswer } from '@muniment/contracts';
import type { Principal, RetentionState } from '@muniment/domain';
import type { RetentionAct } from '@muniment/application';
import { currentTraceparent } from '@muniment/platform';
import type { Gateway } from '../../open-gateway.js';
import { gatewayToken } from '../../tokens.js';
import { Caller } from '../access/authentication.js';
import { idFor, PostOnce } from '../access/idempotency.interceptor.js';
import { retentionAnswer } from '../answers/retention-answer.js';
import { Answers, Takes } from '../describe-api.js';
import { JsonBody } from '../json-body.js';
import { packageIdOf } from '../packages/package-id.js';
import { givenInstant } from './given-instant.js';
import { holdIdOf } from './hold-id.js';

interface Reasoned {
  readonly reason: string;
}

/** What people decide about one package. Needs the verb `retention` in its repository, and a reason. */
@ApiTags('retention')
@Controller('packages/:id/retention')
export class RetentionActsController {
  constructor(@Inject(gatewayToken) private readonly gateway: Gateway) {}

  /** Keeps the package until a later instant. */
  @PostOnce('extensions')
  @Takes(retentionHttp.extensionBody)
  @Answers(201, 'The retention after it', retentionHttp.retentionAnswer)
  async extend(
    @Caller() caller: Principal,
    @Param('id') id: string,
    @JsonBody(retentionHttp.extensionBody) body: ExtensionBody,
  ): Promise<RetentionAnswer> {
    const newExpiresAt = givenInstant(body.new_expires_at);
    return this.answer(await this.gateway.retention.extend.execute({ ...actOf(caller, id, body), newExpiresAt }));
  }

  /** Stops deletion until the hold is released. */
  @PostOnce('holds')
  @Takes(retentionHttp.holdBody)
  @Answers(201, 'The new hold', retentionHttp.holdAnswer)
  async hold(
    @Caller() caller: Principal,
    @Param('id') id: string,
    @JsonBody(retentionHttp.holdBody) body: Reasoned,
    @Req() request: Request,
  ): Promise<HoldAnswer> {
    const act = actOf(caller, id, body);
    const holdId = idFor(request, act.packageId);
    await this.gateway.retention.hold.execute({ ...act, holdId });
    return { hold_id: holdId };
  }

  /** Ends one hold; others may go on. */
  @PostOnce('holds/:hold_id/release')
  @Takes(retentionHttp.releaseBody)
  @Answers(200, 'The retention after it', retentionHttp.retentionAnswer)
  async release(
    @Caller() caller: Principal,
    @Param('id') id: string,
    @Param('hold_id') hold: string,
    @JsonBody(retentionHttp.releaseBody) body: Reasoned,
  ): Promise<RetentionAnswer> {
    return this.answer(await this.gateway.retention.release.execute({ ...actOf(caller, id, body), holdId: holdIdOf(hold) }));
  }

  /** Undelete: takes the package out of the trash. */
  @PostOnce('restorations')
  @Takes(retentionHttp.restorationBody)
  @Answers(200, 'The retention after it', retentionHttp.retentionAnswer)
  async restore(
    @Caller() caller: Principal,
    @Param('id') id: string,
    @JsonBody(retentionHttp.restorationBody) body: Reasoned,
  ): Promise<RetentionAnswer> {
    return this.answer(await this.gateway.retention.restore.execute(actOf(caller, id, body)));
  }

  private answer(state: RetentionState): RetentionAnswer {
    return retentionAnswer(state, this.gateway.clock.now());
  }
}

function actOf(caller: Principal, id: string, { reason }: Reasoned): RetentionAct {
  return { caller, packageId: packageIdOf(id), reason, traceparent: currentTraceparent() };
}
