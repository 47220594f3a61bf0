import { signingConfig } from '@muniment/signing';

/** Configuration of the signer alone: no other service has a variable that leads to a key. */
export const signerConfig = { ...signingConfig };

export type { SigningConfig as SignerConfig } from '@muniment/signing';
