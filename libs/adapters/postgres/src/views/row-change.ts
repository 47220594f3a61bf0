/** A view table as projections write it: its key and the SQL type of every column they may set. */
export interface ViewTable {
  readonly name: string;
  readonly key: readonly string[];
  readonly columns: Readonly<Record<string, string>>;
}

export type Row = Readonly<Record<string, unknown>>;

/**
 * What one event does to one row. `insert` makes it, `put` makes or replaces it, `update` changes columns of a row that exists, `earliest` makes
 * it or lowers one column: the only change several subjects may make to the same row, because it gives the same result in any order.
 */
export interface RowChange {
  readonly table: ViewTable;
  readonly kind: 'insert' | 'put' | 'update' | 'delete' | 'earliest';
  readonly row: Row;
  /** Changes all rows that have the row's key columns and any of these values in `column`: a package's files by their paths. */
  readonly any?: { readonly column: string; readonly values: readonly string[] };
}

/**
 * Folds the changes so that every row appears once: a single statement may not touch a row twice. (A change of many rows folds with nothing and
 * nothing folds across it, so its event must be the only one of its append that touches their table.) Rows of the subject alone keep the order of first
 * appearance; rows that several subjects share come last, by key, so that two appends that meet in them wait for each other and never deadlock.
 */
export function mergeChanges(changes: readonly RowChange[]): readonly RowChange[] {
  if (areOfDifferentTables(changes)) return sharedLast(changes);
  const merged = new Map<string, RowChange>();
  const passed = new Map<string, number>();
  for (const change of changes) {
    const { name } = change.table;
    if (change.any !== undefined) passed.set(name, (passed.get(name) ?? 0) + 1);
    const key = `${name}\u0000${passed.get(name) ?? 0}\u0000${change.any === undefined ? '' : 'any'}\u0000${change.table.key.map((k) => String(change.row[k])).join('\u0000')}`;
    const earlier = merged.get(key);
    merged.set(key, earlier ? later(earlier, change) : change);
  }
  const own = [...merged.values()].filter((change) => change.kind !== 'earliest');
  const shared = [...merged].filter(([, change]) => change.kind === 'earliest').sort(([a], [b]) => (a < b ? -1 : 1));
  return [...own, ...shared.map(([, change]) => change)];
}

/** So it is with most events, and then there is nothing to fold. */
function areOfDifferentTables(changes: readonly RowChange[]): boolean {
  return changes.every(({ table }, at) => {
    for (let i = 0; i < at; i++) if (changes[i]?.table === table) return false;
    return true;
  });
}

function sharedLast(changes: readonly RowChange[]): readonly RowChange[] {
  const shared = changes.filter(({ kind }) => kind === 'earliest');
  return shared.length === 0 ? changes : [...changes.filter(({ kind }) => kind !== 'earliest'), ...shared];
}

function later(earlier: RowChange, change: RowChange): RowChange {
  switch (change.kind) {
    case 'update':
      return { ...earlier, row: { ...earlier.row, ...change.row } };
    case 'put':
    case 'insert':
      return { ...change, kind: earlier.kind === 'insert' ? 'insert' : change.kind };
    case 'delete':
      return change;
    case 'earliest':
      return { ...earlier, row: earliest(earlier, change) };
  }
}

/** Instants are RFC 3339 in UTC with milliseconds: the smaller text is the earlier one. */
function earliest({ table, row }: RowChange, other: RowChange): Row {
  const lowered = Object.entries(row).map(([column, value]): readonly [string, unknown] => {
    const rival = other.row[column];
    const isInstant = table.columns[column] === 'timestamptz' && typeof value === 'string' && typeof rival === 'string';
    return [column, isInstant && rival < value ? rival : value];
  });
  return Object.fromEntries(lowered);
}

/** One data-modifying statement for the change; adds its values to `values` and refers to them by position. */
export function statementOf(change: RowChange, values: unknown[]): string {
  const [text] = textsOf([change], values.length);
  if (text === undefined) throw new Error('a change has a statement');
  values.push(...valuesOf(change));
  return text;
}

/** Columns in the order in which the statement refers to their values. */
function placedColumns({ kind, table, row }: RowChange): readonly string[] {
  const columns = Object.keys(row);
  const own = (c: string): boolean => table.key.includes(c);
  return kind === 'update' ? [...columns.filter((c) => !own(c)), ...columns.filter(own)] : columns;
}

/** The values that {@link textsOf} refers to, for one of its changes. */
export function valuesOf(change: RowChange): readonly unknown[] {
  const { table, row, any } = change;
  const values = placedColumns(change).map((column) => {
    const value = row[column];
    return table.columns[column] === 'jsonb' && value !== null ? JSON.stringify(value) : value;
  });
  return any === undefined ? values : [...values, any.values];
}

/**
 * The statements of changes of one table, kind and set of columns: the text depends on these and their number alone. Rows that are made go into one statement;
 * rows that are changed get one each, by their key: a join with a list of values is planned as a walk through the whole table while that has no statistics.
 * `before` values stand in front of their own.
 */
export function textsOf(changes: readonly RowChange[], before: number): readonly string[] {
  const [first] = changes;
  if (first === undefined) return [];
  const placed = placedColumns(first);
  const each = placed.length + (first.any === undefined ? 0 : 1);
  const places = changes.map((_, n) => {
    const from = before + n * each;
    return new Map(placed.map((column, i) => [column, `$${from + i + 1}::${typeOf(first.table, column)}`]));
  });
  if (first.kind === 'insert' || first.kind === 'put' || first.kind === 'earliest') return [insertText(first, places)];
  return places.map((at, n) => changeText(first, at, before + (n + 1) * each));
}

type Places = ReadonlyMap<string, string>;

function typeOf(table: ViewTable, column: string): string {
  const type = table.columns[column];
  if (type === undefined) throw new Error(`view ${table.name} has no column ${column}`);
  return type;
}

/** An update or delete; `last` is the position of the change's last value, which is that of `any`. */
function changeText(change: RowChange, at: Places, last: number): string {
  const { table, row, kind } = change;
  if (kind === 'delete') return `delete from "${table.name}" where ${whereText(change, at, last)}`;
  const set = Object.keys(row).filter((c) => !table.key.includes(c));
  return `update "${table.name}" set ${set.map((c) => `"${c}" = ${at.get(c) ?? ''}`).join(', ')} where ${whereText(change, at, last)}`;
}

/** By the whole key, or by the part of it that the row has and any of several values of the rest. */
function whereText({ table, any }: RowChange, at: Places, last: number): string {
  const where = table.key
    .filter((k) => k !== any?.column)
    .map((k) => {
      const place = at.get(k);
      if (place === undefined) throw new Error(`a change of ${table.name} does not say which ${k}`);
      return `"${k}" = ${place}`;
    });
  if (any !== undefined) where.push(`"${any.column}" = any($${last}::${typeOf(table, any.column)}[])`);
  return where.join(' and ');
}

function insertText({ table, row, kind }: RowChange, rows: readonly Places[]): string {
  const columns = Object.keys(row);
  const others = columns.filter((c) => !table.key.includes(c));
  const names = columns.map((c) => `"${c}"`).join(', ');
  const values = rows.map((at) => `(${columns.map((c) => at.get(c)).join(', ')})`);
  const insert = `insert into "${table.name}" (${names}) values ${values.join(', ')}`;
  if (kind === 'insert') return insert;
  const conflict = `on conflict (${table.key.map((k) => `"${k}"`).join(', ')}) do update set`;
  if (kind === 'put') return `${insert} ${conflict} ${others.map((c) => `"${c}" = excluded."${c}"`).join(', ')}`;
  const lowered = others.filter((c) => table.columns[c] === 'timestamptz');
  const set = lowered.map((c) => `"${c}" = least("${table.name}"."${c}", excluded."${c}")`);
  const where = lowered.map((c) => `excluded."${c}" < "${table.name}"."${c}"`);
  return `${insert} ${conflict} ${set.join(', ')} where ${where.join(' or ')}`;
}
