import { logConfig, signingConfig, type LogConfig, type SigningConfig } from '@muniment/signing';

/** Configuration of the signer alone: no other service has a variable that leads to a key. */
export const signerConfig = { ...signingConfig, ...logConfig };

export type SignerConfig = SigningConfig & LogConfig;
