/** Injection token of the opened signer. */
export const signerToken = Symbol('signer');
