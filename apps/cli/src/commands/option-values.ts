import { InvalidArgumentError } from 'commander';

/** Parsers of option values. What they refuse is a usage error (exit 2). */
export function keyValue(text: string, before: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('Write it as key=value.');
  return { ...before, [text.slice(0, at)]: text.slice(at + 1) };
}

export function wholeNumber(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isSafeInteger(value) || value < 0) throw new InvalidArgumentError('Give a whole number, 0 or more.');
  return value;
}

/** Not negative; a fraction is allowed (`--timeout-min 0.5`). */
export function amount(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value) || value < 0) throw new InvalidArgumentError('Give a number, 0 or more.');
  return value;
}

/** Comma-separated, also when given several times. */
export function list(text: string, before: readonly string[] = []): readonly string[] {
  return [
    ...before,
    ...text
      .split(',')
      .map((item) => item.trim())
      .filter((item) => item !== ''),
  ];
}

/** Given several times; commas are part of the value. */
export function several(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, text];
}

export function repositoryName(text: string): string {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]*\/[A-Za-z0-9._-]+$/.test(text)) throw new InvalidArgumentError('Write it as OWNER/NAME.');
  return text;
}
