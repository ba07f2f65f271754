/**
 * What a table's lines come to where only a few of their facts are wanted, cell by cell, so that bytes can be read without making an event of
 * every line. A brief claims nothing of its own: what a combination of cells decides is taken from the event that the parser and the seam make
 * of the first line that has it, and remembered. Lines that a brief does not cover are read the plain way, one by one.
 *
 * Only times, ports, TTLs and texts that stand in the event as printed are read straight from the bytes, and only in their plainest spelling.
 * `test/brief.test.ts` compares all of it with the plain way on lines with any cell replaced by a hostile one.
 */

/** Cells that decide something together. `gives` are the event paths they decide; the facts of the join they decide are fixed by their place. */
export interface BriefPart { readonly cells: readonly string[], readonly gives: readonly string[] }

/** A cell whose text stands in the event as it is printed. */
export interface BriefText {
  readonly path: string
  /** It stands there as a number, from 1 to this. */
  readonly upTo?: number
  /** Characters with which it may not stand there as printed. */
  readonly without?: string
}

/** The declaration; all cells by their name in the layout. A line with any other declared cell is not covered. */
export interface Brief {
  /** How cells are cut: one JSON object a line, or columns under a header that begins with the word (`#Fields:`, `#fields`). Both: either, line by line. */
  readonly lines: { readonly json?: boolean, readonly header?: string, readonly absent?: readonly string[] }
  /** Seconds of the epoch with up to six decimals, or a date and a time of day in UTC; and what it marks. */
  readonly time: { readonly cells: readonly [string] | readonly [string, string], readonly marks: 'start' | 'end' }
  /** How long it took, s; an event whose time marks its end needs it. */
  readonly seconds?: string
  readonly clientPort?: string
  /** TTLs of the answers, s, of which the least counts, and the cell of the answers, of which there have to be as many. The join then goes by the time of the answer. */
  readonly ttls?: { readonly cell: string, readonly of: string }
  /** The cell that decides the client's address, and nothing else does; an IPv4 address as it is usually written needs no plain way at all. */
  readonly who: string
  /** What decides everything else that the join asks for: type, names, the other side's addresses, outcome, scheme, and whether there is an event at all. */
  readonly what: BriefPart
  /** Other facts that a user may want. */
  readonly others?: readonly BriefPart[]
  readonly texts?: Readonly<Record<string, BriefText>>
  /** Cells without which, or with anything but up to four digits in which, the line is not covered. */
  readonly needs?: readonly string[]
  /** Cells with a number of which nothing is wanted; whatever else stands there, the line is not covered. */
  readonly numbers?: readonly string[]
  /** Cells of which nothing is wanted and which cannot make a line unreadable. */
  readonly ignored?: readonly string[]
  /** Every path, or group of paths, that an event of this format may have. What is wanted beyond them is absent. */
  readonly fills: readonly string[]
}

const isWithin = (path: string, groups: readonly string[]): boolean => groups.some(group => path === group || path.startsWith(`${group}.`))

/** Where a wanted value comes from. */
export type BriefPlace = { readonly from: 'nowhere' } | { readonly from: 'part', readonly part: number, readonly at: number } | { readonly from: 'text', readonly column: number }

/** A brief and what is wanted of it. */
export interface BriefPlan {
  readonly brief: Brief
  /** `who`, `what`, and the others of which something is wanted. */
  readonly parts: readonly BriefPart[]
  /** Wanted paths of each part. */
  readonly partPaths: readonly (readonly string[])[]
  /** Cells of the wanted texts. */
  readonly textCells: readonly string[]
  readonly textPaths: readonly string[]
  readonly places: readonly BriefPlace[]
}

/** Plans where each wanted path comes from; undefined when one of them is beyond the brief. */
export function planBrief(brief: Brief, wanted: readonly string[]): BriefPlan | undefined {
  const who: BriefPart = { cells: [brief.who], gives: ['client.ip'] }
  const parts = [who, brief.what]
  const partPaths: string[][] = [[], []]
  const textCells: string[] = []
  const textPaths: string[] = []
  const places: BriefPlace[] = []
  for (const path of wanted) {
    const cell = Object.entries(brief.texts ?? {}).find(([, text]) => text.path === path)?.[0]
    const part = [who, brief.what, ...brief.others ?? []].find(one => isWithin(path, one.gives))
    if (cell !== undefined) {
      places.push({ from: 'text', column: textCells.push(cell) - 1 })
      textPaths.push(path)
    } else if (part) {
      let number = parts.indexOf(part)
      if (number === -1) {
        number = parts.push(part) - 1
        partPaths.push([])
      }
      places.push({ from: 'part', part: number, at: partPaths[number]!.push(path) - 1 })
    } else if (isWithin(path, brief.fills)) return undefined
    else places.push({ from: 'nowhere' })
  }
  return { brief, parts, partPaths, textCells, textPaths, places }
}
