export { archiveConfig, archiveProbes, drainMs, logPumpLoop, openArchive, type Archive, type ArchiveConfig } from './archive.js';
export { queueObserver } from './queue-metrics.js';
export { attestationPolicyConfig, attestationPolicyOf } from './attestation-policy.js';
export { clockConfig, clockOf, systemClock, type ArchiveClock } from './clock.js';
export { collectionConfig, collectionSettings, type CollectionConfig } from './collection-config.js';
export { retentionPolicyConfig, retentionPolicyOf } from './retention-policy.js';
export { idOfKey, subjectOfKey, systemIds } from './system.js';
