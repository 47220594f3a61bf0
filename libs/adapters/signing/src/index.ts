export { signingConfig, type SigningConfig } from './config.js';
export { openKeyring, type OpenedKeyring } from './keyring/open-keyring.js';
export { makeKeyring } from './keyring/make-keyring.js';
export { KeyringError } from './keyring/keyring-error.js';
export { noteSigners } from './keyring/note-signers.js';
export { sshFingerprint } from './key-id.js';
export { logConfig, type LogConfig, type WitnessAddress } from './log/log-config.js';
export { FileCheckpointMemory } from './log/file-checkpoint-memory.js';
export { HttpLogWitness } from './log/http-log-witness.js';
