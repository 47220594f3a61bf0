import { readFile, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { NoteError, parseVerifierKey, type NoteVerifier } from '@muniment/formats';
import { CliError } from '../exit-codes.js';
import type { Surroundings } from '../surroundings.js';

type Where = Pick<Surroundings, 'cwd'>;

/** Verifier keys as given, as texts: the key itself, or a file with one per line. */
export async function keyLinesIn(given: readonly string[], where: Where): Promise<readonly string[]> {
  const texts = await Promise.all(given.map(async (each) => (looksLikeKey(each) ? each : readGiven(each, where))));
  return texts.flatMap((text) => text.split('\n')).filter((line) => line.trim() !== '');
}

/** Verifier keys of the log as given. */
export async function keysOf(given: readonly string[], where: Where): Promise<readonly NoteVerifier[]> {
  return (await keyLinesIn(given, where)).map((line) => {
    try {
      return parseVerifierKey(line);
    } catch (error) {
      throw new CliError('usage', `"${line}" is no verifier key: ${error instanceof Error ? error.message : String(error)}.`);
    }
  });
}

/** Checkpoints that were kept, whole notes. */
export function readKept(files: readonly string[], where: Where): Promise<readonly { readonly name: string; readonly note: string }[]> {
  return Promise.all(files.map(async (file) => ({ name: file, note: await readGiven(file, where) })));
}

export async function readGiven(file: string, { cwd }: Where): Promise<string> {
  return (await readGivenBytes(file, { cwd })).toString('utf8');
}

export async function readGivenBytes(file: string, { cwd }: Where): Promise<Buffer> {
  try {
    return await readFile(resolve(cwd, file));
  } catch (error) {
    throw new CliError('usage', `${file} cannot be read: ${error instanceof Error ? error.message : String(error)}.`);
  }
}

export function writeTo(file: string, text: string, { cwd }: Where): Promise<void> {
  return writeFile(resolve(cwd, file), text);
}

/** Runs a check of proofs; what does not prove anything becomes the command's "no" of this name. */
export function proven<T>(code: 'check_failed' | 'log_inconsistent', check: () => T): T {
  try {
    return check();
  } catch (error) {
    if (error instanceof NoteError) throw new CliError(code, `Not proven: ${error.message}.`);
    throw error;
  }
}

function looksLikeKey(text: string): boolean {
  return /^[^\s+]+\+[0-9a-f]{8}\+[A-Za-z0-9+/=]+$/.test(text);
}
