/** What a store did, in the words a metrics exporter needs. Implemented by whoever owns the meters; the drivers know no exporter. */
export interface ObjectStoreRecorder {
  /** One operation ended. `seconds` is wall time; for an opened stream it is the time until it was open. */
  operation(backend: string, operation: string, outcome: 'done' | 'failed', seconds: number): void;
  /** Bytes that went into (`in`) or came out of (`out`) the store. */
  bytes(backend: string, direction: 'in' | 'out', count: number): void;
}
