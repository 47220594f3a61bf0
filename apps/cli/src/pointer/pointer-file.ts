import { lstat, readFile } from 'node:fs/promises';
import { pointer, type Pointer } from '@muniment/contracts';
import { parseFilePath, Refusal } from '@muniment/domain';
import { z } from 'zod';
import { CliError } from '../exit-codes.js';
import { hasCode } from '../files/read-if-there.js';

/** Every pointer's file name ends with it. */
export const pointerEnding = '.pointer.json';
/** Where a repository keeps its pointers unless it says otherwise. */
export const pointerDirectory = 'docs/ci-archive';
/** A pointer names at most as many files as a package may have; this is room for all of them. */
const maxBytes = 64 * 1024 * 1024;

/** The same package gives the same text on every machine: nothing in it is about the moment it was written. */
export function pointerText(content: Pointer): string {
  return `${JSON.stringify(content, null, 2)}\n`;
}

/**
 * Where a record lies below its pointer's folder, in segments. The path comes from outside: it is checked before it names anything on this disk. What was staged
 * under its run does not repeat the run's folder.
 */
export function placeInRun(path: string): readonly string[] {
  return parseFilePath(path)
    .replace(/^docs\/ci-archive\/\d{8}-[A-Za-z0-9_.-]+\//, '')
    .split('/');
}

/** Reads a pointer. Refuses (12) what is none, and (2) what is not there. A link is not followed: it may lead anywhere. */
export async function readPointer(path: string): Promise<Pointer> {
  const found = await lstat(path).catch((error: unknown) => {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) throw new CliError('usage', `${path} is not there. Name a pointer that a push wrote.`);
    throw error;
  });
  if (!found.isFile()) throw unreadable(path, 'it is no regular file');
  if (found.size > maxBytes) throw unreadable(path, `it is larger than ${maxBytes} bytes`);
  return checkedPointer(jsonOf(path, await readFile(path, 'utf8')), (why) => unreadable(path, why));
}

/** The value as a pointer, when all of it is one; else throws what `refused` makes of the reason. */
export function checkedPointer(value: unknown, refused: (why: string) => Error): Pointer {
  const parsed = pointer.safeParse(value);
  if (!parsed.success) throw refused(z.prettifyError(parsed.error));
  try {
    for (const { path } of parsed.data.files) parseFilePath(path);
    return parsed.data;
  } catch (error) {
    throw error instanceof Refusal ? refused(error.message) : error;
  }
}

function jsonOf(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw unreadable(path, error instanceof Error ? error.message : String(error));
  }
}

function unreadable(path: string, why: string): CliError {
  return new CliError(
    'check_failed',
    `${path} is not a pointer of this version: ${why}. Move it away; "muniment pointer write" then makes a new one.`,
    { path },
  );
}
