import type { DomainEvent } from '@muniment/domain';
import type { EventDeclaration } from './event.js';
import * as ofAttestation from './attestation.js';
import * as ofCollection from './collection.js';
import * as ofKey from './key.js';
import * as ofPackage from './package.js';
import * as ofRetention from './retention.js';

/** Every event type, exactly once: a missing one does not compile. */
const byType: { readonly [Type in DomainEvent['type']]: EventDeclaration<Type> } = {
  'v1.package.created': ofPackage.packageCreated,
  'v1.file.received': ofPackage.fileReceived,
  'v1.file.ingested': ofPackage.fileIngested,
  'v1.file.refused': ofPackage.fileRefused,
  'v1.storage.corruption_detected': ofPackage.corruptionDetected,
  'v1.storage.bytes_missing': ofPackage.bytesMissing,
  'v1.package.finalize_requested': ofPackage.finalizeRequested,
  'v1.package.finalization_due': ofPackage.finalizationDue,
  'v1.package.finalized': ofPackage.packageFinalized,
  'v1.package.validated': ofPackage.packageValidated,
  'v1.retention.default_applied': ofRetention.retentionDefaultApplied,
  'v1.retention.extended': ofRetention.retentionExtended,
  'v1.retention.hold_applied': ofRetention.holdApplied,
  'v1.retention.hold_released': ofRetention.holdReleased,
  'v1.retention.deletion_eligible': ofRetention.deletionEligible,
  'v1.retention.promoted': ofRetention.promoted,
  'v1.retention.demoted': ofRetention.demoted,
  'v1.retention.trashed': ofRetention.trashed,
  'v1.retention.restored': ofRetention.restored,
  'v1.retention.collected': ofRetention.collected,
  'v1.storage.location_deleted': ofCollection.locationDeleted,
  'v1.collection.started': ofCollection.collectionStarted,
  'v1.collection.completed': ofCollection.collectionCompleted,
  'v1.attestation.signed': ofAttestation.attestationSigned,
  'v1.attestation.relayed': ofAttestation.attestationRelayed,
  'v1.attestation.failed': ofAttestation.attestationFailed,
  'v1.attestation.requested': ofAttestation.attestationRequested,
  'v1.signature.made': ofAttestation.signatureMade,
  'v1.key.announced': ofKey.keyAnnounced,
  'v1.key.compromised': ofKey.keyCompromised,
};

export const eventDeclarations = Object.values(byType) as readonly EventDeclaration[];

/** Parses a stored payload into the event it is; null for a type this version does not know (readers skip those). */
export function parseEvent(type: string, payload: unknown): DomainEvent | null {
  if (!Object.hasOwn(byType, type)) return null;
  const declaration = byType[type as DomainEvent['type']];
  return { type, payload: declaration.payload.parse(payload) } as DomainEvent;
}
