import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { goodWheelhouse } from '../corpus/good-files.js';
import type { Answered, SoakClient } from './soak-client.js';

const sharedContents = 40;
const classes = ['blink', 'blink', 'blink', 'brief', 'permanent-record'];

interface File {
  readonly path: string;
  readonly sha256: string;
}

interface Kept {
  readonly id: string;
  readonly files: File[];
  readonly holds: string[];
  finalized: boolean;
}

/**
 * What people and machines do all day, at random: packages with much shared content, by bytes and by digest, finalizations, validations, holds, releases,
 * extensions, restorations, sweeps, collections and reading. Every answer must be a success or a refusal that makes sense.
 */
export class SoakWork {
  /** Operation -> how often it was answered. */
  readonly done = new Map<string, number>();
  readonly problems: string[] = [];
  private readonly packages: Kept[] = [];
  private readonly shared = Array.from({ length: sharedContents }, () => randomBytes(200 + Math.floor(Math.random() * 4_000)));
  private readonly wheelhouse = goodWheelhouse();

  constructor(private readonly client: SoakClient) {}

  get operations(): number {
    return [...this.done.values()].reduce((sum, count) => sum + count, 0);
  }

  /** One operation, or a package with its files. */
  async step(): Promise<void> {
    const dice = Math.random();
    if (this.packages.length < 8 || dice < 0.2) return this.archive();
    const pkg = this.packages[Math.floor(Math.random() * this.packages.length)];
    if (pkg === undefined) return;
    if (dice < 0.45) return this.read(pkg);
    if (dice < 0.55) return this.hold(pkg);
    if (dice < 0.67) return this.release(pkg);
    if (dice < 0.74) return this.extend(pkg);
    if (dice < 0.8) return this.restore(pkg);
    if (dice < 0.85) return this.validate(pkg);
    if (dice < 0.92) return this.sweep();
    return this.collect();
  }

  private async archive(): Promise<void> {
    const created = await this.client.post('/packages', randomUUID(), {
      repository: Math.random() < 0.8 ? 'acme/widgets' : 'acme/gadgets',
      name: `set-${Math.floor(Math.random() * 3)}`,
      producer: 'soak',
      retention_class: classes[Math.floor(Math.random() * classes.length)],
    });
    this.expect('create', created, [201]);
    const pkg: Kept = { id: String(created.body['id']), files: [], holds: [], finalized: false };
    const count = 1 + Math.floor(Math.random() * 3);
    for (let n = 0; n < count; n++) await this.upload(pkg, `file-${n}.bin`, this.content());
    if (Math.random() < 0.15) await this.upload(pkg, 'wheelhouse-3.11.tgz', this.wheelhouse);
    this.packages.push(pkg);
    if (this.packages.length > 400) this.packages.shift();
    if (Math.random() < 0.85) {
      this.expect('finalize', await this.client.post(`/packages/${pkg.id}/finalize`, randomUUID()), [200, 202, 409]);
      pkg.finalized = true;
    }
  }

  private content(): Buffer {
    const known = this.shared[Math.floor(Math.random() * sharedContents)];
    return known !== undefined && Math.random() < 0.75 ? known : randomBytes(200 + Math.floor(Math.random() * 4_000));
  }

  /** By digest when it may be known, else by its bytes. A package may be collected before its upload ends. */
  private async upload(pkg: Kept, path: string, bytes: Buffer): Promise<void> {
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    if (Math.random() < 0.5) {
      const asked = { path, size: bytes.length, sha256 };
      const known = await this.client.post(`/packages/${pkg.id}/uploads/direct`, randomUUID(), asked);
      this.expect('upload by digest', known, [200, 409]);
      if (known.status === 200) {
        pkg.files.push({ path, sha256 });
        return;
      }
    }
    const put = await this.client.put(`/packages/${pkg.id}/files/${path}`, bytes);
    this.expect('upload', put, [200, 201, 409]);
    if (put.status !== 409) pkg.files.push({ path, sha256 });
  }

  private async read(pkg: Kept): Promise<void> {
    const file = pkg.files[Math.floor(Math.random() * pkg.files.length)];
    if (file === undefined) return;
    const answer = await this.client.digestOf(`/packages/${pkg.id}/files/${file.path}`);
    if ('sha256' in answer) {
      this.count('read');
      if (answer.sha256 !== file.sha256) this.problems.push(`${pkg.id}/${file.path} has other bytes`);
    } else this.expect('read', answer, [409, 410]);
  }

  private async hold(pkg: Kept): Promise<void> {
    const answer = await this.client.post(`/packages/${pkg.id}/retention/holds`, randomUUID(), { reason: 'soak' });
    this.expect('hold', answer, [201, 409]);
    if (answer.status === 201) pkg.holds.push(String(answer.body['hold_id']));
  }

  private async release(pkg: Kept): Promise<void> {
    const held = pkg.holds.length > 0 ? pkg : this.packages.find(({ holds }) => holds.length > 0);
    const hold = held?.holds.pop();
    if (held === undefined || hold === undefined) return;
    const answer = await this.client.post(`/packages/${held.id}/retention/holds/${hold}/release`, randomUUID(), { reason: 'soak' });
    // A gateway that was killed between doing it and answering: the hold is released, and the second try says so, in these words.
    const isDone = answer.again && answer.body['code'] === 'hold_already_released';
    this.expect('release', answer, isDone ? [409] : [200]);
  }

  private async extend(pkg: Kept): Promise<void> {
    const body = { new_expires_at: new Date(Date.now() + 1_000 + Math.random() * 4_000).toISOString(), reason: 'soak' };
    this.expect('extend', await this.client.post(`/packages/${pkg.id}/retention/extensions`, randomUUID(), body), [200, 201, 409]);
  }

  private async restore(pkg: Kept): Promise<void> {
    const answer = await this.client.post(`/packages/${pkg.id}/retention/restorations`, randomUUID(), { reason: 'soak' });
    this.expect('restore', answer, [200, 201, 409]);
  }

  private async validate(pkg: Kept): Promise<void> {
    const body = { result: Math.random() < 0.8 ? 'passed' : 'failed' };
    this.expect('validate', await this.client.post(`/packages/${pkg.id}/validations`, randomUUID(), body), [200, 201, 409]);
  }

  private async sweep(): Promise<void> {
    this.expect('sweep', await this.client.post('/retention/sweeps', randomUUID(), {}), [200]);
  }

  /** Starts a plan; another worker may have moved the world meanwhile. */
  async collect(): Promise<void> {
    const planned = await this.client.post('/retention/collections/plans', randomUUID(), { limit: 40 });
    this.expect('plan', planned, [200]);
    if (planned.body['packages'] === 0) return;
    const plan = planned.body['plan'] as { as_of: string };
    const body = { plan_digest: planned.body['plan_digest'], as_of: plan.as_of, limit: 40, reason: 'soak' };
    this.expect('collect', await this.client.post('/retention/collections', randomUUID(), body), [202, 409]);
  }

  private expect(operation: string, answer: Answered, allowed: readonly number[]): void {
    this.count(answer.status < 300 ? operation : `${operation} ${String(answer.body['code'])}`);
    if (!allowed.includes(answer.status)) this.problems.push(`${operation}: ${answer.status} ${JSON.stringify(answer.body)}`);
  }

  private count(operation: string): void {
    this.done.set(operation, (this.done.get(operation) ?? 0) + 1);
  }
}
