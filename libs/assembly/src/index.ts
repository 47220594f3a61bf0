export { archiveConfig, archiveProbes, drainMs, logPumpLoop, openArchive, type Archive, type ArchiveConfig } from './archive.js';
export { queueObserver } from './queue-metrics.js';
export { idOfKey, systemClock, systemIds } from './system.js';
