import type { Instant } from './instant.js';

/** What survives both canonical encodings unchanged: no floats, no undefined. */
export type PlainValue = string | number | boolean | null | readonly PlainValue[] | { readonly [key: string]: PlainValue };

/** A fact about one subject. `payload` holds only plain values; times and ids travel in it, never in database defaults. */
export interface Fact<Type extends string = string, Payload = object> {
  readonly type: Type;
  readonly payload: Payload;
}

export interface Subject {
  readonly kind: 'package' | 'collection' | 'key';
  readonly id: string;
}

/** Who did it, when, and (for human acts) why; the same for all facts of one append. */
export interface Attribution {
  readonly actor: string;
  readonly time: Instant;
  readonly reason?: string;
  /** W3C trace context of the request or job, so that one trace follows a package through the log. */
  readonly traceparent?: string;
}

/** What a decision may use besides state and command: nothing here reads a clock or a random source. */
export interface DecisionContext {
  readonly now: Instant;
}
