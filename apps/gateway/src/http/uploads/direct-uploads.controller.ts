import { Controller, Inject, Param, Post, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import {
  packagesHttp,
  type CompleteDirectUploadBody,
  type DirectUploadAnswer,
  type DirectUploadBody,
  type ReceivedAnswer,
} from '@muniment/contracts';
import { parseSha256, type Principal } from '@muniment/domain';
import { currentTraceparent } from '@muniment/platform';
import type { Gateway } from '../../open-gateway.js';
import { gatewayToken } from '../../tokens.js';
import { Caller } from '../access/authentication.js';
import { idFor, PostOnce } from '../access/idempotency.interceptor.js';
import { receivedAnswer } from '../answers/received-answer.js';
import { Answers, Takes } from '../describe-api.js';
import { JsonBody } from '../json-body.js';
import { packageIdOf } from '../packages/package-id.js';
import { uploadIdOf } from './upload-id.js';

@ApiTags('uploads')
@Controller()
export class DirectUploadsController {
  constructor(@Inject(gatewayToken) private readonly gateway: Gateway) {}

  /** Presigned URLs of the object store for a big file; or the file at once (`deduplicated`) when the repository already holds the bytes. */
  @Post('packages/:id/uploads/direct')
  @Takes(packagesHttp.directUploadBody)
  @Answers(201, 'Where to put the parts', packagesHttp.directUploadAnswer)
  async open(
    @Caller() caller: Principal,
    @Param('id') id: string,
    @JsonBody(packagesHttp.directUploadBody) body: DirectUploadBody,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<DirectUploadAnswer> {
    const wanted = {
      caller,
      sessionId: idFor(request),
      packageId: packageIdOf(id),
      path: body.path,
      mediaType: body.media_type ?? null,
      size: body.size,
      declaredSha256: parseSha256(body.sha256),
    };
    const known = await this.gateway.openUpload.known(wanted, currentTraceparent());
    if (known) {
      response.status(200);
      return { upload_id: wanted.sessionId, state: 'committed', deduplicated: true, part_size: 0, urls: [], expires_at: '' };
    }
    const { session, partSize, urls } = await this.gateway.openUpload.direct(wanted);
    return {
      upload_id: session.id,
      state: session.phase,
      deduplicated: false,
      part_size: partSize,
      urls: [...urls],
      expires_at: session.expiresAt,
    };
  }

  /** All parts are in the store: commits the file as a single PUT would. May be repeated. */
  @PostOnce('uploads/:upload/complete')
  @Takes(packagesHttp.completeDirectUploadBody)
  @Answers(200, 'Received', packagesHttp.receivedAnswer)
  async complete(
    @Caller() caller: Principal,
    @Param('upload') upload: string,
    @JsonBody(packagesHttp.completeDirectUploadBody) body: CompleteDirectUploadBody,
  ): Promise<ReceivedAnswer> {
    return receivedAnswer(await this.gateway.completeUpload.execute(uploadIdOf(upload), caller, body.parts, currentTraceparent()));
  }
}
