import { Controller, Get, Head, Inject, Param, Put, Req, Res } from '@nestjs/common';
import { ApiBody, ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { packagesHttp, type ReceivedAnswer } from '@muniment/contracts';
import type { ServableBytes } from '@muniment/application';
import { Refusal, type Principal } from '@muniment/domain';
import { bodyOf, currentTraceparent } from '@muniment/platform';
import type { Gateway } from '../../open-gateway.js';
import { gatewayToken } from '../../tokens.js';
import { Caller } from '../access/authentication.js';
import { receivedAnswer } from '../answers/received-answer.js';
import { Answers } from '../describe-api.js';
import { packageIdOf } from '../packages/package-id.js';
import { declaredSha256 } from './declared-digest.js';
import { serveBytes } from './serve-bytes.js';

@ApiTags('files')
@Controller('packages/:id/files')
export class FilesController {
  constructor(@Inject(gatewayToken) private readonly gateway: Gateway) {}

  /** Stores a file in one request. 201 when it is new, 200 when the same bytes already stand there; `Repr-Digest` is checked. */
  @Put('*path')
  @ApiBody({ required: true, schema: { type: 'string', format: 'binary' } })
  @Answers(201, 'Received: durable, and on its way to verification', packagesHttp.receivedAnswer)
  async put(
    @Caller() caller: Principal,
    @Param('id') id: string,
    @Param('path') segments: string[],
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<ReceivedAnswer> {
    assertWhole(request);
    const length = request.headers['content-length'];
    const committed = await this.gateway.putFile.execute({
      caller,
      packageId: packageIdOf(id),
      path: segments.join('/'),
      mediaType: mediaTypeOf(request),
      declaredSize: length === undefined ? null : Number(length),
      declaredSha256: declaredSha256(request),
      body: bodyOf(request),
      traceparent: currentTraceparent(),
    });
    response.status(committed.created ? 201 : 200);
    return receivedAnswer(committed);
  }

  /** A file, or with `/members/<name>` behind it one member of a wheelhouse. */
  @Get('*path')
  @Answers(
    200,
    'The bytes; ranges, ETag and Repr-Digest as in RFC 9110 and 9530. 410 once they were collected, or while the package is in the trash',
  )
  async get(
    @Caller() caller: Principal,
    @Param('id') id: string,
    @Param('path') segments: string[],
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    const { bytes, name } = await this.find(packageIdOf(id), segments, caller, response);
    if (bytes) await serveBytes(request, response, bytes, name);
  }

  @Head('*path')
  async head(
    @Caller() caller: Principal,
    @Param('id') id: string,
    @Param('path') segments: string[],
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    await this.get(caller, id, segments, request, response);
  }

  /** The detached signature beside a file: `<file>.asc`, unless somebody archived a file of that name. */
  private signature(packageId: string, segments: readonly string[], caller: Principal): Promise<ServableBytes | null> {
    return this.gateway.attestations.read.signature(packageId, segments.join('/').replace(/\.asc$/, ''), caller);
  }

  private async find(
    packageId: string,
    segments: readonly string[],
    caller: Principal,
    response: Response,
  ): Promise<{ readonly bytes: ServableBytes | null; readonly name: string }> {
    const name = segments.at(-1) ?? '';
    const at = segments.indexOf('members', 1);
    try {
      return { bytes: await this.gateway.openFile.file(packageId, segments.join('/'), caller), name };
    } catch (error) {
      if (!(error instanceof Refusal && error.code === 'file_not_found')) throw error;
      const signature = name.endsWith('.asc') ? await this.signature(packageId, segments, caller) : null;
      if (signature !== null) return { bytes: signature, name };
      if (at < 0) throw error;
    }
    const path = segments.slice(0, at).join('/');
    const member = segments.slice(at + 1).join('/');
    if (member !== '') return { bytes: await this.gateway.openFile.member(packageId, path, member, caller), name };
    response.json(await this.gateway.openFile.members(packageId, path, caller));
    return { bytes: null, name };
  }
}

/** RFC 9110 section 14.5: a part must not be taken for the whole (`curl -C 100 -T FILE` sends one). */
function assertWhole({ headers }: Request): void {
  if (headers['content-range'] === undefined) return;
  throw new Refusal('request_malformed', 'A part of a file (Content-Range) is not taken here. Send it whole, or in an upload session.');
}

function mediaTypeOf(request: Request): string | null {
  const type = request.headers['content-type'];
  // What curl -T and form libraries send when they know nothing says nothing.
  return type === undefined || type === 'application/x-www-form-urlencoded' || type.length > 256 ? null : type;
}
