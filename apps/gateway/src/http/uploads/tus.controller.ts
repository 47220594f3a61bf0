import { Controller, Delete, Head, Inject, Options, Patch, Post, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Server } from '@tus/server';
import type { Request, Response } from 'express';
import { NodeRequest } from 'srvx/node';
import type { Principal } from '@muniment/domain';
import { currentTraceparent } from '@muniment/platform';
import type { Gateway } from '../../open-gateway.js';
import { gatewayToken } from '../../tokens.js';
import { Caller } from '../access/authentication.js';
import { idFor } from '../access/idempotency.interceptor.js';
import { Answers } from '../describe-api.js';
import { TusLeases } from './tus-lease.js';
import { checksumAlgorithms, checksumOf, tusRequest, withTusRequest, type TusRequest } from './tus-request.js';
import { tusProblem } from './tus-problems.js';
import { TusStore } from './tus-store.js';
import { uploadIdOf } from './upload-id.js';

/** tus 1.0 (https://tus.io/protocols/resumable-upload) by its reference server, with the archive as its store. */
@ApiTags('uploads')
@Controller('uploads')
export class TusController {
  private readonly tus: Server;

  constructor(@Inject(gatewayToken) private readonly gateway: Gateway) {
    const leases = new TusLeases(gateway.uploads);
    this.tus = new Server({
      path: '/uploads',
      relativeLocation: true,
      datastore: new TusStore(gateway, leases),
      locker: leases,
      maxSize: gateway.maxBytes,
      // No page of another origin may use the archive unless an operator puts a proxy in front that allows it.
      allowedOrigins: () => false,
      namingFunction: (request) => idFor(nodeRequestOf(request)),
      onUploadFinish: async (_, upload) => {
        const { caller, traceparent } = tusRequest();
        const committed = await gateway.completeUpload.execute(upload.id, caller, [], traceparent);
        return { headers: { 'Upload-Committed': committed.state } };
      },
      onResponseError: (_, error) => {
        tusRequest().failure = error;
        return undefined;
      },
    });
  }

  /** Opens a session: `Upload-Length` (or `Upload-Defer-Length`) and `Upload-Metadata` with `package_id`, `path`, and if wanted `sha256` and `filetype`. */
  @Post()
  @Answers(201, 'Its address is in Location')
  open(@Caller() caller: Principal, @Req() request: Request, @Res() response: Response): Promise<void> {
    return this.handle(caller, request, response);
  }

  /** What this server can do, as tus clients ask. */
  @Options()
  @Answers(204, 'Tus-Version, Tus-Extension, Tus-Max-Size')
  capabilities(@Caller() caller: Principal, @Req() request: Request, @Res() response: Response): Promise<void> {
    return this.handle(caller, request, response);
  }

  /** How far the upload came. */
  @Head(':id')
  @Answers(200, 'Upload-Offset')
  standing(@Caller() caller: Principal, @Req() request: Request, @Res() response: Response): Promise<void> {
    return this.handle(caller, request, response);
  }

  /** Appends at `Upload-Offset`; the last bytes commit the file. */
  @Patch(':id')
  @Answers(204, 'The new Upload-Offset')
  append(@Caller() caller: Principal, @Req() request: Request, @Res() response: Response): Promise<void> {
    return this.handle(caller, request, response);
  }

  /** Gives the upload up. */
  @Delete(':id')
  @Answers(204, 'Gone, with its bytes')
  giveUp(@Caller() caller: Principal, @Req() request: Request, @Res() response: Response): Promise<void> {
    return this.handle(caller, request, response);
  }

  private async handle(caller: Principal, request: Request, response: Response): Promise<void> {
    const { id } = request.params;
    if (typeof id === 'string') uploadIdOf(id);
    const header = request.headers['upload-checksum'];
    const checksum = checksumOf(Array.isArray(header) ? header[0] : header);
    const context: TusRequest = { caller, checksum, traceparent: currentTraceparent(), failure: null };
    const answer = await withTusRequest(context, () => this.tus.handleWeb(new NodeRequest({ req: request, res: response })));
    await send(answer, context, request, response, this.gateway);
  }
}

async function send(
  answer: globalThis.Response,
  context: TusRequest,
  request: Request,
  response: Response,
  gateway: Gateway,
): Promise<void> {
  for (const [name, value] of answer.headers) if (name !== 'content-length') response.setHeader(name, value);
  response.setHeader('Tus-Checksum-Algorithm', checksumAlgorithms.join(','));
  if (answer.status < 400) {
    response.status(answer.status).end(request.method === 'HEAD' ? undefined : Buffer.from(await answer.arrayBuffer()));
    return;
  }
  const problem = tusProblem(context.failure, { status: answer.status, text: await answer.text(), request });
  if (!problem.expected) gateway.host.logger.error({ err: context.failure }, 'upload request failed');
  for (const [name, value] of Object.entries(problem.headers)) response.setHeader(name, typeof value === 'string' ? value : [...value]);
  response.status(problem.status).type('application/problem+json');
  response.end(request.method === 'HEAD' ? undefined : JSON.stringify(problem.problem));
}

/** The library speaks web requests; ours stands behind them. */
function nodeRequestOf(request: { readonly runtime?: { readonly node?: { readonly req: unknown } } | undefined }): Request {
  return request.runtime?.node?.req as Request;
}
