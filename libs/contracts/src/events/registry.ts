import type { DomainEvent } from '@muniment/domain';
import type { EventDeclaration } from './event.js';
import * as ofPackage from './package.js';
import { retentionDefaultApplied } from './retention.js';

/** Every event type, exactly once: a missing one does not compile. */
const byType: { readonly [Type in DomainEvent['type']]: EventDeclaration<Type> } = {
  'v1.package.created': ofPackage.packageCreated,
  'v1.file.received': ofPackage.fileReceived,
  'v1.file.ingested': ofPackage.fileIngested,
  'v1.file.refused': ofPackage.fileRefused,
  'v1.storage.corruption_detected': ofPackage.corruptionDetected,
  'v1.package.finalize_requested': ofPackage.finalizeRequested,
  'v1.package.finalization_due': ofPackage.finalizationDue,
  'v1.package.finalized': ofPackage.packageFinalized,
  'v1.retention.default_applied': retentionDefaultApplied,
};

export const eventDeclarations = Object.values(byType) as readonly EventDeclaration[];

/** Parses a stored payload into the event it is; null for a type this version does not know (readers skip those). */
export function parseEvent(type: string, payload: unknown): DomainEvent | null {
  if (!Object.hasOwn(byType, type)) return null;
  const declaration = byType[type as DomainEvent['type']];
  return { type, payload: declaration.payload.parse(payload) } as DomainEvent;
}
