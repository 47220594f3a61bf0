import { Controller, Get, Inject, Param, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { packagesHttp, type CreatePackageBody, type FinalizeBody, type PackageAnswer, type PackageListAnswer } from '@muniment/contracts';
import type { Principal } from '@muniment/domain';
import { decodeCbor, encodeJcs } from '@muniment/formats';
import { currentTraceparent } from '@muniment/platform';
import type { Gateway } from '../../open-gateway.js';
import { gatewayToken } from '../../tokens.js';
import { Caller } from '../access/authentication.js';
import { idFor, PostOnce } from '../access/idempotency.interceptor.js';
import { cborMediaType, sendBytes, wantsCbor } from '../answers/canonical-answer.js';
import { packageAnswer, packageSummary } from '../answers/package-answer.js';
import { Answers, Takes } from '../describe-api.js';
import { JsonBody } from '../json-body.js';
import { packageIdOf } from './package-id.js';
import { pageOf, packageFilter, PackageFilters } from './package-filter.js';
import { preferredWait, untilFinalized } from './until-finalized.js';

@ApiTags('packages')
@Controller('packages')
export class PackagesController {
  constructor(@Inject(gatewayToken) private readonly gateway: Gateway) {}

  @PostOnce()
  @Takes(packagesHttp.createPackageBody)
  @Answers(201, 'The new package', packagesHttp.packageAnswer)
  async create(
    @Caller() caller: Principal,
    @JsonBody(packagesHttp.createPackageBody) body: CreatePackageBody,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<PackageAnswer> {
    const { repository, name, kind, version, producer, subject, run, metadata, target } = body;
    const packageId = await this.gateway.createPackage.execute({
      caller,
      packageId: idFor(request),
      command: {
        description: {
          repository,
          name,
          kind: kind ?? null,
          version: version ?? null,
          producer,
          subject: subject ?? null,
          run: run
            ? { id: run.id, attempt: run.attempt ?? null, commit: run.commit ?? null, ref: run.ref ?? null, url: run.url ?? null }
            : null,
          metadata: { ...metadata, ...(target === undefined ? {} : { target }) },
        },
        retentionClass: body.retention_class,
      },
      traceparent: currentTraceparent(),
    });
    response.setHeader('Location', `/packages/${packageId}`);
    return this.answer(packageId, caller, 'write');
  }

  @Get()
  @PackageFilters()
  @Answers(200, 'Packages, newest first', packagesHttp.packageListAnswer)
  async list(@Caller() caller: Principal, @Req() request: Request): Promise<PackageListAnswer> {
    const filter = packageFilter(new URL(request.originalUrl, 'http://localhost').searchParams);
    const found = await this.gateway.readPackage.list({ ...filter, limit: filter.limit + 1 }, caller);
    return pageOf(
      found.map((view) => packageSummary(view, this.gateway.clock.now())),
      filter.limit,
    );
  }

  @Get(':id')
  @Answers(200, 'The package with its files', packagesHttp.packageAnswer)
  async one(@Caller() caller: Principal, @Param('id') id: string): Promise<PackageAnswer> {
    return this.answer(packageIdOf(id), caller);
  }

  /** 202 while the hasher is at work, 200 when the package is finalized; `Prefer: wait=10` waits up to that many seconds, or until a file is refused. */
  @PostOnce(':id/finalize')
  @Answers(202, 'Finalization is under way', packagesHttp.packageAnswer)
  async finalize(
    @Caller() caller: Principal,
    @Param('id') id: string,
    @JsonBody(packagesHttp.finalizeBody) _: FinalizeBody,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<PackageAnswer> {
    const packageId = packageIdOf(id);
    const { requestFinalization, readPackage, readEvents } = this.gateway;
    const asked = { caller, packageId, traceparent: currentTraceparent() };
    await requestFinalization.execute(asked);
    const finalizing = { look: () => readPackage.visible(packageId, caller, 'write'), askAgain: () => requestFinalization.execute(asked) };
    await untilFinalized(finalizing, readEvents, preferredWait(request.headers.prefer));
    const answer = await this.answer(packageId, caller, 'write');
    response.status(answer.state === 'created' ? 202 : 200);
    return answer;
  }

  @Get(':id/manifest')
  @Answers(200, 'The manifest: JCS, or the canonical CBOR itself by Accept')
  async manifest(@Caller() caller: Principal, @Param('id') id: string, @Req() request: Request, @Res() response: Response): Promise<void> {
    const cbor = await this.gateway.readPackage.manifest(packageIdOf(id), caller);
    if (wantsCbor(request)) sendBytes(request, response, Buffer.from(cbor), cborMediaType);
    else sendBytes(request, response, Buffer.from(encodeJcs(decodeCbor(cbor))), 'application/json');
  }

  /** `by`: who was allowed to write is answered what became of it, and needs no second permission afterwards. */
  private async answer(packageId: string, caller: Principal, by: 'read' | 'write' = 'read'): Promise<PackageAnswer> {
    const { readPackage, attestations, clock } = this.gateway;
    const found = await readPackage.one(packageId, caller, by);
    return packageAnswer(found, clock.now(), await attestations.gate.summary(packageId));
  }
}
