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
  readonly kind: 'insert' | 'put' | 'update' | 'earliest';
  readonly row: Row;
}

/**
 * Folds the changes so that every row appears once: a single statement may not touch a row twice. Rows of the subject alone keep the order of first
 * appearance; rows that several subjects share come last, by key, so that two appends that meet in them wait for each other and never deadlock.
 */
export function mergeChanges(changes: readonly RowChange[]): readonly RowChange[] {
  if (areOfDifferentTables(changes)) return sharedLast(changes);
  const merged = new Map<string, RowChange>();
  for (const change of changes) {
    const key = `${change.table.name}\u0000${change.table.key.map((k) => String(change.row[k])).join('\u0000')}`;
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
  return kind === 'update' ? [...columns.filter((c) => !table.key.includes(c)), ...table.key] : columns;
}

/** The values that {@link textsOf} refers to, for one of its changes. */
export function valuesOf(change: RowChange): readonly unknown[] {
  const { table, row } = change;
  return placedColumns(change).map((column) => {
    const value = row[column];
    return table.columns[column] === 'jsonb' && value !== null ? JSON.stringify(value) : value;
  });
}

/**
 * The statements of changes of one table, kind and set of columns: the text depends on these and their number alone. Rows that are made go into one statement;
 * rows that are updated get one each, by their key: a join with a list of values is planned as a walk through the whole table while that has no statistics.
 * `before` values stand in front of their own.
 */
export function textsOf(changes: readonly RowChange[], before: number): readonly string[] {
  const [first] = changes;
  if (first === undefined) return [];
  const placed = placedColumns(first);
  const places = changes.map((_, n) => {
    const from = before + n * placed.length;
    return new Map(placed.map((column, i) => [column, `$${from + i + 1}::${typeOf(first.table, column)}`]));
  });
  return first.kind === 'update' ? places.map((at) => updateText(first, at)) : [insertText(first, places)];
}

type Places = ReadonlyMap<string, string>;

function typeOf(table: ViewTable, column: string): string {
  const type = table.columns[column];
  if (type === undefined) throw new Error(`view ${table.name} has no column ${column}`);
  return type;
}

function updateText({ table, row }: RowChange, at: Places): string {
  const set = Object.keys(row).filter((c) => !table.key.includes(c));
  const equals = (c: string): string => `"${c}" = ${at.get(c) ?? ''}`;
  return `update "${table.name}" set ${set.map(equals).join(', ')} where ${table.key.map(equals).join(' and ')}`;
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
