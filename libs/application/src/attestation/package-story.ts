import type { Manifest, PackageFinalized, PackageValidated } from '@muniment/domain';
import { parseEvent } from '@muniment/contracts';
import { decodeCbor } from '@muniment/formats';
import type { EventLog, SequencedEvent } from '../ports/event-log.js';

const types = ['v1.package.created', 'v1.package.finalized', 'v1.package.validated'];
const page = 200;

export interface ToldValidation {
  readonly actor: string;
  readonly payload: PackageValidated['payload'];
}

/** What the log says of a package, as far as statements repeat it. */
export interface PackageStory {
  /** Who opened it. */
  readonly actor: string;
  readonly manifest: Manifest;
  /** Bare SHA-256 hex of the canonical manifest. */
  readonly manifestDigest: string;
  /** Leaf of the finalized event in the log's tree. */
  readonly finalizedIndex: number;
  /** By revision. */
  readonly validations: ReadonlyMap<number, ToldValidation>;
}

/** Reads the package's own events. Throws when the log does not hold its finalization yet: the job comes again. */
export async function packageStory(log: EventLog, packageId: string): Promise<PackageStory> {
  let actor: string | null = null;
  let finalized: SequencedEvent | null = null;
  const validations = new Map<number, ToldValidation>();
  for (let after = 0n; ; ) {
    const events = await log.read({ after, limit: page, types, subjectId: packageId });
    for (const event of events) {
      if (event.type === 'v1.package.created') actor = event.actor;
      else if (event.type === 'v1.package.finalized') finalized = event;
      else validations.set(event.revision, { actor: event.actor, payload: payloadOf<PackageValidated>(event) });
    }
    const last = events.at(-1);
    if (last === undefined || events.length < page) break;
    after = last.sequence;
  }
  if (actor === null || finalized === null)
    throw new Error(`package ${packageId} is to be attested, but its finalization is not in the log yet`);
  return {
    actor,
    manifest: payloadOf<PackageFinalized>(finalized),
    manifestDigest: finalized.payloadDigest,
    finalizedIndex: Number(finalized.sequence) - 1,
    validations,
  };
}

function payloadOf<Fact extends PackageFinalized | PackageValidated>(event: SequencedEvent): Fact['payload'] {
  const parsed = parseEvent(event.type, decodeCbor(event.payload));
  if (parsed === null) throw new Error(`${event.type} is no event this version knows`);
  return parsed.payload as Fact['payload'];
}
