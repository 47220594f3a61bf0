import { Controller, Delete, Get, HttpCode, Inject, Param, Req } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Request } from 'express';
import { tokensHttp, type CreatedTokenAnswer, type CreateTokenBody, type TokenAnswer } from '@muniment/contracts';
import { mayEverywhere, Refusal, type Principal } from '@muniment/domain';
import type { Gateway } from '../../open-gateway.js';
import { gatewayToken } from '../../tokens.js';
import { idFor, PostOnce } from './idempotency.interceptor.js';
import { Answers, Takes } from '../describe-api.js';
import { JsonBody } from '../json-body.js';
import { Caller } from './authentication.js';

@ApiTags('tokens')
@Controller('tokens')
export class TokensController {
  constructor(@Inject(gatewayToken) private readonly gateway: Gateway) {}

  /** Issues a token. Its secret is in this answer and nowhere else, so an Idempotency-Key replay shows the recorded answer without it. */
  @PostOnce()
  @Takes(tokensHttp.createTokenBody)
  @Answers(201, 'The token, with its secret', tokensHttp.createdTokenAnswer)
  async create(
    @Caller() caller: Principal,
    @JsonBody(tokensHttp.createTokenBody) body: CreateTokenBody,
    @Req() request: Request,
  ): Promise<CreatedTokenAnswer> {
    assertAdministrator(caller);
    const { name, verbs, repositories, expires_in_days } = body;
    const command = { name, verbs, repositories, expiresInDays: expires_in_days ?? null, requestId: idFor(request) };
    const issued = await this.gateway.issueToken.execute(command);
    return { ...answerOf(issued.principal, issued.createdAt), token: issued.token };
  }

  @Get()
  @Answers(200, 'All tokens, without secrets', tokensHttp.tokenAnswer.array())
  async list(@Caller() caller: Principal): Promise<readonly TokenAnswer[]> {
    assertAdministrator(caller);
    return (await this.gateway.tokens.list()).map((token) => answerOf(token, token.createdAt));
  }

  @Delete(':id')
  @HttpCode(204)
  async revoke(@Caller() caller: Principal, @Param('id') id: string): Promise<void> {
    assertAdministrator(caller);
    const found = await this.gateway.tokens.revoke(id, this.gateway.clock.now());
    if (!found) throw new Refusal('token_not_found', 'There is no such token. "muniment token list" shows those that exist.');
  }
}

function assertAdministrator(caller: Principal): void {
  if (mayEverywhere(caller, 'admin')) return;
  throw new Refusal('forbidden', 'Only an administrator manages tokens.');
}

function answerOf(token: Principal, createdAt: string): TokenAnswer {
  return {
    id: token.tokenId,
    name: token.name,
    verbs: [...token.verbs],
    repositories: [...token.repositories],
    created_at: createdAt,
    expires_at: token.expiresAt,
    revoked_at: token.revokedAt,
  };
}
