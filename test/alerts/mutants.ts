import type { Rule } from './rules.js';

/** A rule that is wrong in one place, and where. */
export interface Mutant {
  readonly change: string;
  readonly rule: Rule;
}

/**
 * Wrong copies of a rule: other delays, ranges, numbers, comparisons, aggregations, labels and severities, and expressions that lack a part. Each
 * behaves differently for some series, which a test of the rule must therefore hold.
 */
export function mutantsOf(rule: Rule): readonly Mutant[] {
  const expressions = [
    ...replaced(rule.expr, /(?<=[[ ])\d+[mh](?=\]|\))/g, otherDurations),
    ...replaced(rule.expr, /(?<![\w[.])\d+(?![\w\].])/g, (found) => (found === '0' ? ['2', '-1'] : [`${+found - 1}`, `${+found + 1}`])),
    ...replaced(rule.expr, / (?:>|<|==) /g, (found) => [found === ' == ' ? ' != ' : found.replace(/([<>]) /, '$1= ')]),
    ...replaced(rule.expr, /\b(?:max|min|sum)(?= ?\(| by| without)/g, (found) => (found === 'min' ? ['max'] : ['min'])),
    ...replaced(rule.expr, /(?<=\w)="/g, () => ['!="']),
    ...replaced(rule.expr, / unless [^)]+(?=\))/g, () => ['']),
    ...without(rule.expr, ' or '),
    ...without(rule.expr, ' and '),
  ].map((expr) => ({ change: expr, rule: { ...rule, expr } }));
  const delays = (rule.for === undefined ? ['1m'] : otherDurations(rule.for)).map((delay) => ({
    change: `for: ${delay}`,
    rule: { ...rule, for: delay },
  }));
  const severity = rule.labels.severity === 'warning' ? 'critical' : 'warning';
  return [...expressions, ...delays, { change: `severity: ${severity}`, rule: { ...rule, labels: { severity } } }];
}

/** The text once per place of the pattern and per other word for it. */
function replaced(text: string, pattern: RegExp, others: (found: string) => readonly string[]): readonly string[] {
  return [...text.matchAll(pattern)].flatMap(({ 0: found, index }) =>
    others(found).map((other) => `${text.slice(0, index)}${other}${text.slice(index + found.length)}`),
  );
}

/** The text without one of the parts that the word joins. */
function without(text: string, word: string): readonly string[] {
  const parts = text.split(word);
  return parts.length === 1 ? [] : parts.map((_, left) => parts.filter((_part, index) => index !== left).join(word));
}

/** Half and double: `15m` is not far from either. */
function otherDurations(duration: string): readonly string[] {
  const seconds = Number.parseInt(duration, 10) * (duration.endsWith('h') ? 3600 : 60);
  return [`${seconds / 2}s`, `${seconds * 2}s`];
}
