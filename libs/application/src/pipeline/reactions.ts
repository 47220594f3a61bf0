import type { DomainEvent } from '@muniment/domain';
import {
  attestPackage,
  attestValidation,
  curatePackage,
  executeCollection,
  finalizePackage,
  parseEvent,
  requestJob,
  verifyFile,
  type JobRequest,
} from '@muniment/contracts';
import { decodeCbor } from '@muniment/formats';
import type { FollowedEvent } from '../ports/event-log.js';

interface Reacting {
  readonly subjectId: string;
  readonly traceparent: string | null;
}

type Reactions = {
  readonly [Type in DomainEvent['type']]?: (
    payload: Extract<DomainEvent, { type: Type }>['payload'],
    event: Reacting,
  ) => readonly JobRequest[];
};

/** The one table "event type -> jobs": who follows whom. Nobody else enqueues work. */
const reactions: Reactions = {
  'v1.file.received': ({ file_id }, { subjectId, traceparent }) => [
    requestJob(verifyFile, { package_id: subjectId, file_id }, traceparent),
  ],
  'v1.package.finalization_due': (_, { subjectId, traceparent }) => [requestJob(finalizePackage, { package_id: subjectId }, traceparent)],
  'v1.package.finalized': (_, { subjectId, traceparent }) => [requestJob(attestPackage, { package_id: subjectId }, traceparent)],
  'v1.package.validated': ({ validation_id }, { subjectId, traceparent }) => [
    requestJob(curatePackage, { package_id: subjectId, validation_id }, traceparent),
    requestJob(attestValidation, { package_id: subjectId, validation_id }, traceparent),
  ],
  'v1.attestation.requested': (_, { subjectId, traceparent }) => [requestJob(attestPackage, { package_id: subjectId }, traceparent)],
  'v1.collection.started': (_, { subjectId, traceparent }) => [requestJob(executeCollection, { collection_id: subjectId }, traceparent)],
};

/** Event types that start jobs. */
export const reactingTypes: readonly string[] = Object.keys(reactions);

/** The jobs an event starts: the same event always gives the same jobs with the same ids. */
export function jobsOf({ type, subject, payload, traceparent }: FollowedEvent): readonly JobRequest[] {
  if (!reactingTypes.includes(type)) return [];
  const event = parseEvent(type, decodeCbor(payload));
  if (!event) return [];
  const react = reactions[event.type] as ((payload: DomainEvent['payload'], event: Reacting) => readonly JobRequest[]) | undefined;
  return react?.(event.payload, { subjectId: subject.id, traceparent }) ?? [];
}
