export { archiveConfig, archiveProbes, logPumpLoop, openArchive, type Archive, type ArchiveConfig } from './archive.js';
export { idOfKey, systemClock, systemIds } from './system.js';
