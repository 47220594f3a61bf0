import {
  actorOf,
  assertMayBeReplaced,
  assertReason,
  attestAgain,
  mayEverywhere,
  Refusal,
  type AttestationRequested,
  type Attribution,
  type KeyState,
  type Principal,
  type SignedPackage,
} from '@muniment/domain';
import { inParallel } from '../collection/in-parallel.js';
import type { Attestations, SigningKeys } from '../ports/attestation.js';
import type { Clock } from '../ports/clock.js';
import { RevisionConflict, type EventLog } from '../ports/event-log.js';

export interface AgainCommand {
  readonly caller: Principal;
  readonly keyId: string;
  /** Only says what would be asked. */
  readonly dryRun: boolean;
  /** Mandatory unless it is a dry run. */
  readonly reason: string;
  /** Null: all. */
  readonly repository: string | null;
  /** Where the page before ended; null: at the beginning. */
  readonly after: string | null;
  /** Packages to look at, at most. */
  readonly limit: number;
  readonly traceparent: string | null;
}

export interface AskedPackage {
  readonly packageId: string;
  readonly repository: string;
  readonly name: string;
  readonly statements: number;
  readonly files: number;
}

/** What one page came to. */
export interface AskedAgain {
  readonly keyId: string;
  /** What was asked (or would be): statements and files of these packages are due again. */
  readonly packages: readonly AskedPackage[];
  /** Statements and files that were due already, by an earlier request. */
  readonly waiting: number;
  /** Packages that somebody appended to in the same moment; nothing was asked of them. Ask again. */
  readonly moved: number;
  /** Give it as `after` for the next page; null: this was the last. */
  readonly next: string | null;
}

/** Appends beside each other: the log commits those that come together in one statement. */
const width = 32;

/** Makes everything due again that only a withdrawn key vouches for; the signers then sign it with the key they have now. May be repeated and killed at any point. */
export class AttestAgain {
  constructor(
    private readonly log: EventLog,
    private readonly attestations: Attestations,
    private readonly keys: SigningKeys,
    private readonly clock: Clock,
  ) {}

  /** Refuses what {@link assertMayBeReplaced} refuses, and whoever is no administrator of all repositories (`forbidden`): keys are the whole archive's. */
  async execute(command: AgainCommand): Promise<AskedAgain> {
    const { caller, keyId, dryRun, reason, repository, after, limit, traceparent } = command;
    if (!mayEverywhere(caller, 'admin'))
      throw new Refusal('forbidden', 'Keys are the whole archive’s: this needs a token with the verb admin and the repository "*".');
    const time = this.clock.now();
    const keys = await this.keys.list();
    assertMayBeReplaced(keys.find(({ announced }) => announced.key_id === keyId) ?? null, keyId, time);
    const attribution: Attribution | null = dryRun
      ? null
      : { actor: actorOf(caller), time, reason: assertReason(reason), ...(traceparent === null ? {} : { traceparent }) };
    const page = await this.attestations.signedBy(keyId, { repository, after, limit });
    const asked: AskedPackage[] = [];
    let [waiting, moved] = [0, 0];
    await inParallel(page, width, async (pkg) => {
      const again = attestAgain(pkg, keyId, compromisedIn(keys), time);
      waiting += again.waiting;
      if (again.request === null) return;
      if (attribution !== null && !(await this.append(pkg, again.request, attribution))) moved += 1;
      else asked.push(askedOf(pkg, again.request));
    });
    asked.sort((a, b) => (a.packageId < b.packageId ? -1 : 1));
    return { keyId, packages: asked, waiting, moved, next: page.length < limit ? null : (page.at(-1)?.packageId ?? null) };
  }

  /** False when somebody appended to the package since it was read. */
  private async append({ packageId, revision }: SignedPackage, request: AttestationRequested, attribution: Attribution): Promise<boolean> {
    try {
      await this.log.append({ subject: { kind: 'package', id: packageId }, expectedRevision: revision, facts: [request], attribution });
      return true;
    } catch (error) {
      if (error instanceof RevisionConflict) return false;
      throw error;
    }
  }
}

function askedOf({ packageId, repository, name }: SignedPackage, { payload }: AttestationRequested): AskedPackage {
  return { packageId, repository, name, statements: payload.statements.length, files: payload.paths.length };
}

function compromisedIn(keys: readonly KeyState[]): ReadonlySet<string> {
  return new Set(keys.flatMap(({ announced, compromisedAt }) => (compromisedAt === null ? [] : [announced.key_id])));
}
