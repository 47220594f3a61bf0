import { Refusal, type PlainValue } from '@muniment/domain';

const defaultMaxDepth = 64;
const integer = /^(?:0|-?[1-9]\d*)$/;
const numberToken = /[-+0-9.eE]+/y;

/**
 * JSON that means the same to every reader: duplicate keys (`json_duplicate_key`), numbers that are not plainly written safe integers
 * (`json_not_integer`), nesting beyond `maxDepth` (default 64), lone surrogates and syntax errors (`request_malformed`) are refused.
 * Bound the length of `text` before calling. `anyNumber` lets every number pass: for texts whose numbers nobody here reads.
 */
export function parseStrictJson(text: string, options: { readonly maxDepth?: number; readonly anyNumber?: boolean } = {}): PlainValue {
  let value: PlainValue;
  try {
    value = JSON.parse(text) as PlainValue;
  } catch (error) {
    throw new Refusal('request_malformed', `The text is not JSON: ${error instanceof Error ? error.message : String(error)}.`);
  }
  new Strictness(text, options.maxDepth ?? defaultMaxDepth, options.anyNumber === true).check();
  return value;
}

/**
 * Walks the tokens of a text JSON.parse has accepted, looking only for what JSON.parse lets through. The grammar is therefore never
 * judged twice: the two cannot disagree about a value.
 */
class Strictness {
  #at = 0;
  /** Keys seen so far in each open object; null for an open list. */
  readonly #open: (Set<string> | null)[] = [];

  constructor(
    readonly text: string,
    readonly maxDepth: number,
    readonly anyNumber: boolean,
  ) {}

  check(): void {
    while (this.#at < this.text.length) this.#step(this.text.charAt(this.#at));
  }

  #step(char: string): void {
    if (char === '{' || char === '[') {
      this.#open.push(char === '{' ? new Set() : null);
      if (this.#open.length > this.maxDepth) throw new Refusal('request_malformed', `The JSON is nested deeper than ${this.maxDepth}.`);
      this.#at++;
    } else if (char === '}' || char === ']') {
      this.#open.pop();
      this.#at++;
    } else if (char === '"') this.#string();
    else if (char === '-' || (char >= '0' && char <= '9')) this.#number();
    else this.#at++;
  }

  #string(): void {
    const start = this.#at;
    let end = start + 1;
    while (this.text.charAt(end) !== '"') end += this.text.charAt(end) === '\\' ? 2 : 1;
    this.#at = end + 1;
    const raw = this.text.slice(start, this.#at);
    const decoded = raw.includes('\\') ? String(JSON.parse(raw)) : raw.slice(1, -1);
    if (!decoded.isWellFormed()) throw new Refusal('request_malformed', 'A JSON string contains a lone surrogate.');
    if (this.#colonFollows()) this.#key(decoded);
  }

  #colonFollows(): boolean {
    while (' \t\n\r'.includes(this.text.charAt(this.#at)) && this.#at < this.text.length) this.#at++;
    return this.text.charAt(this.#at) === ':';
  }

  #key(key: string): void {
    const keys = this.#open.at(-1);
    if (keys?.has(key)) throw new Refusal('json_duplicate_key', `The key ${JSON.stringify(key)} stands twice in one JSON object.`, { key });
    keys?.add(key);
  }

  #number(): void {
    numberToken.lastIndex = this.#at;
    const token = numberToken.exec(this.text)?.[0] ?? '';
    this.#at += token.length;
    if (this.anyNumber) return;
    if (integer.test(token) && Number.isSafeInteger(Number(token))) return;
    const shown = token.slice(0, 40);
    throw new Refusal('json_not_integer', `The number ${shown} is not an integer between -(2^53-1) and 2^53-1 in plain digits.`, {
      number: shown,
    });
  }
}
