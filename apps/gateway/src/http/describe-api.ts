import { applyDecorators, HttpCode } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { ApiBody, ApiResponse, DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import { z } from 'zod';
import { problem } from '@muniment/contracts';

type SchemaObject = Parameters<typeof ApiBody>[0] extends { schema?: infer Schema } ? Exclude<Schema, undefined> : never;

function schemaOf(schema: z.ZodType, io: 'input' | 'output'): SchemaObject {
  return z.toJSONSchema(schema, { io, target: 'openapi-3.0', unrepresentable: 'any' }) as SchemaObject;
}

/** Describes the JSON body of a route in OpenAPI; {@link JsonBody} parses it by the same schema. */
export function Takes(schema: z.ZodType): MethodDecorator {
  return ApiBody({ schema: schemaOf(schema, 'input') });
}

/** Sets the usual status of a route and describes its answer; errors are problem+json everywhere. */
export function Answers(status: number, description: string, schema?: z.ZodType): MethodDecorator {
  const answer = schema === undefined ? { status, description } : { status, description, schema: schemaOf(schema, 'output') };
  return applyDecorators(
    HttpCode(status),
    ApiResponse(answer),
    ApiResponse({
      status: 'default',
      description: 'A problem (RFC 9457) with a stable code',
      content: { 'application/problem+json': { schema: schemaOf(problem, 'output') } },
    }),
  );
}

/** `/openapi.json` and a page to read it at `/docs`. */
export function describeApi(app: NestExpressApplication): void {
  const description = new DocumentBuilder()
    .setTitle('Muniment')
    .setDescription('Archive for what CI builds: ingest, prove, keep, publish.')
    .setVersion('1')
    .addBearerAuth()
    .addBasicAuth()
    .addSecurityRequirements('bearer')
    .build();
  SwaggerModule.setup('docs', app, () => SwaggerModule.createDocument(app, description), { jsonDocumentUrl: 'openapi.json' });
}
