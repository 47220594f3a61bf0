import type { SigningKeys } from '@muniment/application';
import type { KeyState } from '@muniment/domain';
import type { MemoryLog } from './memory-log.js';

export class MemorySigningKeys implements SigningKeys {
  constructor(private readonly log: MemoryLog) {}

  async one(id: string): Promise<KeyState | null> {
    await Promise.resolve();
    return this.log.keys.get(id) ?? null;
  }

  async list(): Promise<readonly KeyState[]> {
    await Promise.resolve();
    const order = ({ announced }: KeyState): string => `${announced.purpose} ${announced.key_id}`;
    return [...this.log.keys.values()].sort((a, b) => (order(a) < order(b) ? -1 : 1));
  }
}
