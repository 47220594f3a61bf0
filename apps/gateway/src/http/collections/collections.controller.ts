import { Controller, Get, Inject, Param, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import {
  collectionHttp,
  type CollectionAnswer,
  type CollectionListAnswer,
  type PlanAnswer,
  type PlanBody,
  type StartCollectionBody,
} from '@muniment/contracts';
import type { Principal } from '@muniment/domain';
import { currentTraceparent } from '@muniment/platform';
import type { Gateway } from '../../open-gateway.js';
import { gatewayToken } from '../../tokens.js';
import { Caller } from '../access/authentication.js';
import { idFor, PostOnce } from '../access/idempotency.interceptor.js';
import { Answers, Takes } from '../describe-api.js';
import { JsonBody } from '../json-body.js';
import { givenInstant } from '../retention/given-instant.js';
import { collectionAnswer, planAnswer } from './collection-answers.js';
import { collectionIdOf } from './collection-id.js';

const listed = 100;

/** Deletion of what is eligible: plan, look, start that plan, watch. Needs the verb `retention` in every repository. */
@ApiTags('collections')
@Controller('retention/collections')
export class CollectionsController {
  constructor(@Inject(gatewayToken) private readonly gateway: Gateway) {}

  /** A dry run: what a collection would do now. Nothing is recorded, nothing deleted. */
  @PostOnce('plans')
  @Takes(collectionHttp.planBody)
  @Answers(200, 'The plan and its digest', collectionHttp.planAnswer)
  async plan(@Caller() caller: Principal, @JsonBody(collectionHttp.planBody) { limit }: PlanBody): Promise<PlanAnswer> {
    return planAnswer(await this.gateway.collections.plan.forCaller(caller, limit === undefined ? {} : { limit }));
  }

  /** Starts exactly the plan whose digest is given back, and only while it still holds. */
  @PostOnce()
  @Takes(collectionHttp.startCollectionBody)
  @Answers(202, 'The collection is under way', collectionHttp.collectionAnswer)
  async start(
    @Caller() caller: Principal,
    @JsonBody(collectionHttp.startCollectionBody) body: StartCollectionBody,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<CollectionAnswer> {
    const { plan_digest: planDigest, as_of, limit, reason, override_brake } = body;
    const collectionId = await this.gateway.collections.start.execute({
      caller,
      collectionId: idFor(request),
      planDigest,
      asOf: givenInstant(as_of),
      ...(limit === undefined ? {} : { limit }),
      reason,
      overrideBrake: override_brake === true,
      traceparent: currentTraceparent(),
    });
    response.setHeader('Location', `/retention/collections/${collectionId}`);
    return collectionAnswer(await this.gateway.collections.read.one(collectionId, caller));
  }

  @Get()
  @Answers(200, 'The latest hundred collections, newest first', collectionHttp.collectionListAnswer)
  async list(@Caller() caller: Principal): Promise<CollectionListAnswer> {
    return { collections: (await this.gateway.collections.read.list(listed, caller)).map(collectionAnswer) };
  }

  /** While it runs, what was done so far. */
  @Get(':collection')
  @Answers(200, 'The collection', collectionHttp.collectionAnswer)
  async one(@Caller() caller: Principal, @Param('collection') collection: string): Promise<CollectionAnswer> {
    return collectionAnswer(await this.gateway.collections.read.one(collectionIdOf(collection), caller));
  }
}
