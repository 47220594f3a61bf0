import { Refusal, type Examination, type Inspection, type InspectionLimits } from '@muniment/domain';
import type { InspectionPlan } from '@muniment/application';
import { inspectMeta, inspectTar, inspectWheelhouse, inspectZip, type ByteFeed, type OpenSpool } from '@muniment/formats';
import { DigestedFeed } from './digested-feed.js';
import { LocalFile } from './local-file.js';
import type { PairedDigest } from './paired-digest.js';
import { ScratchFile } from './scratch.js';
import { soleWitness, type Witness } from './witness.js';

/** How one file is to be examined, and where a worker may put what does not fit in memory. */
export interface Assignment {
  readonly plan: InspectionPlan;
  readonly fileName: string;
  readonly limits: InspectionLimits;
  readonly openSpool: OpenSpool;
  readonly scratchDirectory: string;
  /** Null: one core is all this file gets. */
  readonly pair: PairedDigest | null;
}

const opaque: Inspection = { format: 'opaque', member_count: 0, members: [], wheel: null };

/** Examines a local file. Zip is digested first and then read by offset; everything else is digested and inspected in the same pass. */
export async function examineFile(path: string, assignment: Assignment): Promise<Examination> {
  const file = new LocalFile(path);
  try {
    const { plan, fileName, limits } = assignment;
    if (plan === 'opaque') return { stored: file.identify(assignment.pair), outcome: { inspection: opaque } };
    if (plan === 'archive-zip' || plan === 'wheel') {
      return { stored: file.identify(assignment.pair), outcome: await outcomeOf(() => inspectZip(file, plan, fileName, limits)) };
    }
    return await examineInOrder(file.feed(), file.witness(assignment.pair), plan, assignment);
  } finally {
    file.close();
  }
}

/** Examines bytes that arrive in order and cannot be read again. Zip goes through a scratch file. */
export async function examineStream(feed: ByteFeed, assignment: Assignment): Promise<Examination> {
  const { plan } = assignment;
  return plan === 'archive-zip' || plan === 'wheel'
    ? examineZipStream(feed, plan, assignment)
    : examineInOrder(feed, soleWitness(), plan, assignment);
}

async function examineInOrder(
  feed: ByteFeed,
  witness: Witness,
  plan: Exclude<InspectionPlan, 'archive-zip' | 'wheel'>,
  assignment: Assignment,
): Promise<Examination> {
  try {
    const digested = new DigestedFeed(feed, witness);
    const outcome = await outcomeOf(() => inspectInOrder(digested, plan, assignment));
    // after a refusal too: the second witness speaks of the whole stored file
    return { stored: await digested.finish(), outcome };
  } finally {
    witness.end();
  }
}

function inspectInOrder(
  feed: ByteFeed,
  plan: Exclude<InspectionPlan, 'archive-zip' | 'wheel'>,
  { fileName, limits, openSpool }: Assignment,
): Promise<Inspection> {
  switch (plan) {
    case 'wheelhouse':
      return inspectWheelhouse(feed, limits, openSpool);
    case 'archive-tar':
      return inspectTar(feed, fileName, limits);
    case 'meta':
      return inspectMeta(feed, limits);
    case 'opaque':
      return Promise.resolve(opaque);
  }
}

/** No zip without zip64 is longer, and zip64 is refused. */
const maxZipBytes = 0xffffffff;

async function examineZipStream(feed: ByteFeed, plan: 'archive-zip' | 'wheel', assignment: Assignment): Promise<Examination> {
  const digested = new DigestedFeed(feed, soleWitness());
  const scratch = new ScratchFile(assignment.scratchDirectory);
  try {
    const outcome = await outcomeOf(async () => {
      for (let chunk = await digested.next(); chunk !== null; chunk = await digested.next()) {
        if (scratch.size + chunk.length > maxZipBytes) {
          throw new Refusal('archive_too_large', 'The zip is larger than 4 GiB, which is not accepted.', { limit: maxZipBytes });
        }
        scratch.write(chunk);
      }
      return inspectZip(scratch, plan, assignment.fileName, assignment.limits);
    });
    return { stored: await digested.finish(), outcome };
  } finally {
    scratch.discard();
  }
}

/** Bad content is an outcome; only bytes that cannot be read reject. */
async function outcomeOf(inspect: () => Promise<Inspection>): Promise<Examination['outcome']> {
  try {
    return { inspection: await inspect() };
  } catch (error) {
    if (error instanceof Refusal) return { refusal: error };
    throw error;
  }
}
