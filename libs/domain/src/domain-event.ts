import type { AttestationEvent } from './attestation/events.js';
import type { CollectionEvent } from './collection/events.js';
import type { KeyEvent } from './keys/events.js';
import type { PackageEvent } from './package/events.js';
import type { RetentionEvent } from './retention/events.js';

/** Every fact the log can hold, told apart by `type`. */
export type DomainEvent = PackageEvent | RetentionEvent | CollectionEvent | AttestationEvent | KeyEvent;
