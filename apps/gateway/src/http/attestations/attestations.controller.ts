import { Controller, Get, Head, Inject, Param, Query, Req, Res } from '@nestjs/common';
import { ApiBody, ApiQuery, ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { evidenceHttp, type EvidenceListAnswer, type RelayedAnswer } from '@muniment/contracts';
import type { Principal } from '@muniment/domain';
import { currentTraceparent } from '@muniment/platform';
import type { Gateway } from '../../open-gateway.js';
import { gatewayToken } from '../../tokens.js';
import { Caller } from '../access/authentication.js';
import { idFor, PostOnce } from '../access/idempotency.interceptor.js';
import { attestationAnswer } from '../answers/attestation-answer.js';
import { Answers } from '../describe-api.js';
import { serveBytes } from '../files/serve-bytes.js';
import { rawBodyOf } from '../json-body.js';
import { packageIdOf } from '../packages/package-id.js';
import { evidenceAnswer } from './evidence-answer.js';
import { watchRefusals } from './refused-attestations.js';

/** What is signed about a package: by the archive, and by others. */
@ApiTags('attestations')
@Controller('packages/:id/attestations')
export class AttestationsController {
  constructor(@Inject(gatewayToken) private readonly gateway: Gateway) {}

  @Get()
  @ApiQuery({ name: 'digest', required: false, description: 'sha256:<hex> of a file or member: only what is about it' })
  @Answers(200, 'Everything that is signed about the package, by name', evidenceHttp.evidenceListAnswer)
  async list(@Caller() caller: Principal, @Param('id') id: string, @Query('digest') digest?: unknown): Promise<EvidenceListAnswer> {
    const packageId = packageIdOf(id);
    // Given twice it is a list, which is no digest.
    const wanted = digest === undefined ? null : typeof digest === 'string' ? digest : '';
    const { summary, evidence } = await this.gateway.attestations.read.list(packageId, caller, wanted);
    return { attestations: evidence.map((record) => evidenceAnswer(packageId, record)), summary: attestationAnswer(summary) };
  }

  /** Exactly the bytes that were signed or relayed. */
  @Get('*name')
  @Answers(200, 'The bundle, envelope or signature')
  async get(
    @Caller() caller: Principal,
    @Param('id') id: string,
    @Param('name') segments: string[],
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    const bytes = await this.gateway.attestations.read.open(packageIdOf(id), segments.join('/'), caller);
    await serveBytes(request, response, bytes, segments.at(-1) ?? 'attestation');
  }

  @Head('*name')
  async head(
    @Caller() caller: Principal,
    @Param('id') id: string,
    @Param('name') segments: string[],
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    await this.get(caller, id, segments, request, response);
  }

  /** Takes in what somebody else signed, such as CI's provenance: one Sigstore bundle or one DSSE envelope, at most 1 MiB, kept byte for byte. */
  @PostOnce()
  @ApiBody({ required: true, schema: { type: 'object' } })
  @Answers(201, 'Relayed; 200 when the same bytes were before', evidenceHttp.relayedAnswer)
  async relay(
    @Caller() caller: Principal,
    @Param('id') id: string,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<RelayedAnswer> {
    const packageId = packageIdOf(id);
    const { attestations, host } = this.gateway;
    const relayed = attestations.relay.execute({
      caller,
      packageId,
      attestationId: idFor(request, packageId),
      bytes: rawBodyOf(request),
      traceparent: currentTraceparent(),
    });
    const { created, payload } = await watchRefusals(relayed, packageId, host.logger);
    response.status(created ? 201 : 200);
    const { attestation_id, predicate_type, subjects, remarks, check, evidence } = payload;
    const name = evidence[0]?.name ?? '';
    return { attestation_id, name, predicate_type, subjects: [...subjects], remarks: [...remarks], check: { ...check } };
  }
}
