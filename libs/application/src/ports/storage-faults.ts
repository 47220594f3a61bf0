/** What an object store did to bytes that it had acknowledged: it returned others, or none. */
export type StorageFault = 'corrupt' | 'missing';

/** Counts per fault, from the log and its views: they outlive every process, and all processes see the same. */
export interface StorageFaults {
  /** Times the log tells of the fault (`v1.storage.corruption_detected`, `v1.storage.bytes_missing`). Never falls. */
  recorded(): Promise<Readonly<Record<StorageFault, number>>>;
  /** Files that were refused for it and still wait to be sent again; not those of packages in the trash or collected, which nobody can send. */
  open(): Promise<Readonly<Record<StorageFault, number>>>;
}
