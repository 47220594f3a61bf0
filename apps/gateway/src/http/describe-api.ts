import { applyDecorators, HttpCode } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { ApiBody, ApiResponse, DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import { z } from 'zod';
import { problem } from '@muniment/contracts';

type SchemaObject = Parameters<typeof ApiBody>[0] extends { schema?: infer Schema } ? Exclude<Schema, undefined> : never;

function schemaOf(schema: z.ZodType, io: 'input' | 'output'): SchemaObject {
  const { definitions, ...described } = z.toJSONSchema(schema, { io, target: 'openapi-3.0', unrepresentable: 'any' });
  return (definitions === undefined ? described : withoutReferences(described)) as SchemaObject;
}

/** A schema that contains itself (any plain JSON) would point to definitions outside of the OpenAPI document: there it is told as any value. */
function withoutReferences(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutReferences);
  if (typeof value !== 'object' || value === null) return value;
  if ('$ref' in value) return { description: 'Any JSON without fractions' };
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, withoutReferences(inner)]));
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
