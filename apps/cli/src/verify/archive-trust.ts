import { isAbsent, type MunimentClient } from '@muniment/client';
import {
  honestKeys,
  knownKey,
  Trust,
  type CheckList,
  type KeptCheckpoint,
  type KnownKey,
  type NotedCheckpoint,
} from '@muniment/verification';
import { archiveWord } from './archive-word.js';
import type { KnownArchive, KnownArchives } from './known-archives.js';
import { withPins } from './pins.js';
import type { Brought } from './trust-options.js';

/** Whom to believe about one archive. */
export interface ArchiveTrust {
  readonly trust: Trust;
  /** Every key it tells of whose id is right, believed or not. */
  readonly told: readonly KnownKey[];
  /** The user's, else the remembered one. */
  readonly kept: KeptCheckpoint | null;
  readonly recalled: KnownArchive | null;
}

/** The archive's keys, judged by what was brought along and what is remembered. */
export async function archiveTrust(
  client: MunimentClient,
  url: string,
  brought: Brought,
  known: KnownArchives | null,
  list: CheckList,
): Promise<ArchiveTrust> {
  const recalled = (await known?.recall()) ?? null;
  const told = await honestKeys(await keysOf(client), archiveWord(url), list);
  const trust = withPins(() => new Trust(brought.pins, told, (key) => groundOf(key, url, known, recalled)));
  return { trust, told, kept: brought.kept ?? rememberedCheckpoint(recalled), recalled };
}

/** Remembers keys and checkpoint for the next time. Only what was verified should get here. */
export async function rememberArchive(
  known: KnownArchives,
  { told, recalled }: ArchiveTrust,
  checkpoint: NotedCheckpoint | null,
  now: string,
): Promise<void> {
  const keys = Object.fromEntries(told.map(({ keyId }) => [keyId, recalled?.keys[keyId] ?? now]));
  await known.remember({
    keys: { ...recalled?.keys, ...keys },
    checkpoint: checkpoint?.note ?? recalled?.checkpoint ?? null,
    checkpoint_seen_at: checkpoint === null ? (recalled?.checkpoint_seen_at ?? null) : now,
  });
}

async function keysOf(client: MunimentClient): Promise<readonly KnownKey[]> {
  try {
    return (await client.evidence.keys()).map(knownKey);
  } catch (error) {
    if (isAbsent(error)) return []; // an archive without a signer, or an older one
    throw error;
  }
}

function groundOf({ keyId }: KnownKey, url: string, known: KnownArchives | null, recalled: KnownArchive | null): string {
  const word = archiveWord(url);
  if (known === null) return word;
  const since = recalled?.keys[keyId];
  if (since !== undefined) return `a key this machine knows since ${since.slice(0, 10)}`;
  return recalled === null ? `${word}, on first use` : `${word}; the key is new since the last time`;
}

function rememberedCheckpoint(recalled: KnownArchive | null): KeptCheckpoint | null {
  const note = recalled?.checkpoint ?? null;
  const day = recalled?.checkpoint_seen_at?.slice(0, 10) ?? 'an earlier day';
  return note === null ? null : { note, keptBy: `the checkpoint this machine remembers from ${day}` };
}
