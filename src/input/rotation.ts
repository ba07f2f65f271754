interface Piece {
  readonly path: string
  readonly family: string
  /** sorts ascending: dated pieces first by date, then numbered ones from the highest down, then the live one */
  readonly age: readonly [rank: number, date: string, negativeNumber: number]
}

const COMPRESSED = /\.(?:gz|zst|br|xz|bz2)$/
const NUMBERED = /^(.+)\.(\d{1,5})$/
const DAY = '(?:19|20)\\d\\d[-._]?(?:0[1-9]|1[0-2])[-._]?(?:0[1-9]|[12]\\d|3[01])'
const CLOCK = '(?:[01]\\d|2[0-3])(?:[-:._]?[0-5]\\d(?:[-:._]?[0-5]\\d)?)?'
const STAMP = `${DAY}(?:[-T._]?${CLOCK}(?:-${CLOCK})?)?|1\\d{9}|(?:[01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d-(?:[01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d`
const DATED_AT_END = new RegExp(`^(.+)[-._](${STAMP})$`)
const DATED_BEFORE_EXTENSION = new RegExp(`^(.+)[-._](${STAMP})(\\.[A-Za-z][A-Za-z0-9]{0,9})$`)

/**
 * Takes paths and gives the groups that are rotated pieces of one log, oldest piece first and the live file
 * last. A file that belongs to none is a group of one. Groups stand in the order of their first path.
 *
 * Pieces of one log are in one folder and have one name after these are taken off, in this order:
 * 1. a compression suffix: `.gz .zst .br .xz .bz2`
 * 2. a number, `dns.log.3` (up to five digits; the higher the older). What is left may not end in a digit
 *    unless it is itself among the paths, so `go1.21` and `go1.22` stay apart, and so do addresses.
 * 3. else a date at the end, `dns.log-20260101`, or before the extension, `dns-20260101.log`: a day with or
 *    without separators, optionally a time or a span of times behind it, or epoch seconds, or Zeek's
 *    `dns.12:00:00-13:00:00.log`. Ascending is oldest first.
 * A log that has dated and numbered pieces gives the dated ones first. `-` is never a piece.
 */
export function rotationGroups(paths: readonly string[]): string[][] {
  const named = new Set(paths.map(path => path.replace(COMPRESSED, '')))
  const families = new Map<string, Piece[]>()
  for (const piece of paths.map(path => readPiece(path, named))) {
    const family = families.get(piece.family)
    if (family === undefined) families.set(piece.family, [piece])
    else family.push(piece)
  }
  return [...families.values()].map(pieces => pieces.sort(byAge).map(piece => piece.path))
}

function readPiece(path: string, named: ReadonlySet<string>): Piece {
  const plain = path.replace(COMPRESSED, '')
  const slash = plain.lastIndexOf('/') + 1
  const folder = plain.slice(0, slash)
  const name = plain.slice(slash)
  const numbered = NUMBERED.exec(name)
  if (numbered !== null && (!/\d$/.test(numbered[1]!) || named.has(folder + numbered[1]))) {
    return { path, family: folder + numbered[1], age: [1, '', -Number(numbered[2])] }
  }
  const dated = DATED_BEFORE_EXTENSION.exec(name) ?? DATED_AT_END.exec(name)
  if (dated !== null) {
    return { path, family: folder + dated[1] + (dated[3] ?? ''), age: [0, dated[2]!.replace(/\D/g, ''), 0] }
  }
  return { path, family: plain, age: [2, '', 0] }
}

function byAge(left: Piece, right: Piece): number {
  return left.age[0] - right.age[0]
    || compareText(left.age[1], right.age[1])
    || left.age[2] - right.age[2]
    || compareText(left.path, right.path)
}

function compareText(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0
}
