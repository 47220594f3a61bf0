/** Injection token of the opened hasher. */
export const hasherToken = Symbol('hasher');
