/** Injection token of the opened retention service. */
export const keeperToken = Symbol('retention');
