import type { Redis } from 'ioredis';

/**
 * Whether this Redis would throw jobs away when its memory is full.
 * @returns a sentence for the operator, or null when the policy is noeviction or cannot be asked for (managed services hide it)
 */
export async function checkEvictionPolicy(redis: Pick<Redis, 'info'>): Promise<string | null> {
  // INFO and not CONFIG GET: managed services and ACLs commonly refuse CONFIG.
  const memory = await redis.info('memory');
  const policy = /^maxmemory_policy:(\S+)/m.exec(memory)?.[1];
  if (policy === undefined || policy === 'noeviction') return null;
  return `Redis runs with maxmemory-policy "${policy}" and may drop jobs when its memory is full; set it to "noeviction"`;
}
