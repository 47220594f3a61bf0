import { randomUUID } from 'node:crypto';
import { collectionHttp } from '@muniment/contracts';
import type { CollectionAnswer, LedgerAnswer, PlanAnswer, PlanBody, StartCollectionBody } from '@muniment/contracts';
import { parsed, type JsonCalls } from './json-calls.js';

/** Deletion of what is eligible, and the space that things take. Part of {@link MunimentClient}. */
export class CollectionClient {
  constructor(private readonly calls: JsonCalls) {}

  /** What a collection would do now. */
  async plan(body: PlanBody = {}): Promise<PlanAnswer> {
    return parsed(collectionHttp.planAnswer, await this.calls.post('/retention/collections/plans', body, randomUUID()));
  }

  /** Starts the plan whose digest is given back. The same key starts it once. */
  async start(body: StartCollectionBody, key: string = randomUUID()): Promise<CollectionAnswer> {
    return parsed(collectionHttp.collectionAnswer, await this.calls.post('/retention/collections', body, key));
  }

  async one(collectionId: string): Promise<CollectionAnswer> {
    const answer = await this.calls.get(`/retention/collections/${encodeURIComponent(collectionId)}`);
    return parsed(collectionHttp.collectionAnswer, answer);
  }

  /** Newest first. */
  async list(): Promise<readonly CollectionAnswer[]> {
    return parsed(collectionHttp.collectionListAnswer, await this.calls.get('/retention/collections')).collections;
  }

  /** As counted last. */
  async ledger(): Promise<LedgerAnswer> {
    return parsed(collectionHttp.ledgerAnswer, await this.calls.get('/storage/ledger'));
  }
}
