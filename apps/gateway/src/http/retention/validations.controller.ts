import { Controller, Inject, Param, Req } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Request } from 'express';
import { retentionHttp, type ValidationAnswer, type ValidationBody } from '@muniment/contracts';
import { Refusal, type Principal } from '@muniment/domain';
import { currentTraceparent } from '@muniment/platform';
import type { Gateway } from '../../open-gateway.js';
import { gatewayToken } from '../../tokens.js';
import { Caller } from '../access/authentication.js';
import { idFor, PostOnce } from '../access/idempotency.interceptor.js';
import { Answers, Takes } from '../describe-api.js';
import { JsonBody, rawBodyOf } from '../json-body.js';
import { packageIdOf } from '../packages/package-id.js';

/** A report stays in the log for ever and travels with every reading of it. */
const maxReportBytes = 64 * 1024;

@ApiTags('retention')
@Controller('packages/:id/validations')
export class ValidationsController {
  constructor(@Inject(gatewayToken) private readonly gateway: Gateway) {}

  /** Records that somebody tried the package out; the latest result counts. Needs the verb `write` or `retention` in its repository. */
  @PostOnce()
  @Takes(retentionHttp.validationBody)
  @Answers(201, 'The recorded validation', retentionHttp.validationAnswer)
  async add(
    @Caller() caller: Principal,
    @Param('id') id: string,
    @JsonBody(retentionHttp.validationBody) { result, report }: ValidationBody,
    @Req() request: Request,
  ): Promise<ValidationAnswer> {
    if (rawBodyOf(request).length > maxReportBytes) {
      throw new Refusal('body_too_large', `A validation may hold at most ${maxReportBytes} bytes. Archive a longer report as a file.`, {
        max_bytes: maxReportBytes,
      });
    }
    const packageId = packageIdOf(id);
    const validationId = idFor(request, packageId);
    const validation = { caller, packageId, validationId, result, report: report ?? null, traceparent: currentTraceparent() };
    const { validatedAt, curated } = await this.gateway.retention.validate.execute(validation);
    return { validation_id: validationId, package_id: packageId, result, validated_at: validatedAt, curated };
  }
}
