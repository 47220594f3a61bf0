/** Injection token of the opened gateway. */
export const gatewayToken = Symbol('gateway');
