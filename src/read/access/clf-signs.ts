/**
 * Who wrote a combined or common log. nginx, Apache and others write the same text, so exactly one parser claims it: `apache-access` where the
 * file has no referer and agent (nginx has no such format of its own) or shows Apache's habits, `litespeed` where the lines begin with a quote,
 * `nginx-access` for all else. A file whose lines hold values that nobody can name without the format string is claimed by none.
 */
import { readClf, type ClfLine } from './clf.js'
import { readTail, type TailShape } from '../nginx/tail.js'
import type { Head } from '../parser.js'

/** What the bare whole numbers at the end of Apache lines are. */
export type BareNumbers = 'us' | 'bytes' | 'io' | undefined

interface Verdict { readonly owner: 'nginx' | 'apache' | 'litespeed', readonly share: number, readonly numbers: BareNumbers }

interface Seen { readonly text: string, readonly clf: ClfLine, readonly shape: TailShape }

/** A value read as µs must be common enough in the file: half of the requests took 10 ms or more. */
const LIKELY_MICROSECONDS = 10_000
/** Response headers add no more than this to the body. */
const LARGEST_HEADERS = 8_192

const isNumber = (text: string | undefined): boolean => text !== undefined && /^\d{1,12}$/.test(text)

/** What the numbers behind the user agent are: bytes with headers exceed the bytes of the body by a little, microseconds are large. */
function bareNumbers(lines: readonly Seen[]): BareNumbers {
  const widths = new Set(lines.map(({ shape }) => shape.bare.length))
  const [width] = widths
  if (widths.size !== 1 || (width !== 1 && width !== 2) || !lines.every(({ shape }) => shape.bare.every(isNumber) && shape.unknown === width)) return undefined
  const all = lines.length
  const withHeaders = lines.filter(({ clf, shape }) => {
    const extra = Number(shape.bare.at(-1)) - (Number(clf.bytes) || 0)
    return extra > 0 && extra <= LARGEST_HEADERS
  }).length
  const isTotal = all >= 3 && withHeaders / all > 0.9
  if (width === 2) return isTotal ? 'io' : undefined
  if (isTotal) return 'bytes'
  const sorted = lines.map(({ shape }) => Number(shape.bare[0])).sort((a, b) => a - b)
  return sorted[Math.floor(all / 2)]! >= LIKELY_MICROSECONDS ? 'us' : undefined
}

/** Habits of one server that the other does not have; above zero for Apache, below for nginx. */
function signsOf({ text, clf, shape }: Seen): number {
  let signs = 0
  if (clf.bytes === '-' || clf.request === '-' || clf.status === '-') signs++
  if (clf.ident !== '-' || (clf.vhost?.includes(':') ?? false)) signs++
  if (text.includes('\\"') || /\\x(?:[0-9][a-f]|[a-f][0-9a-f])/.test(text)) signs++
  if (clf.request === '' || /\\x(?:[0-9][A-F]|[A-F][0-9A-F])/.test(text)) signs--
  if (shape.named > 0) signs -= 3
  return signs
}

/** Forward proxies and varnishncsa write the absolute URL in nearly every line. */
const isAbsolute = ({ clf }: Seen): boolean => /^[A-Z]+ https?:\/\//.test(clf.request)

const verdicts = new WeakMap<Head, Verdict | undefined>()

function judge(head: Head): Verdict | undefined {
  const lines = head.lines.filter(line => line.trim() !== '' && !line.startsWith('#'))
  const quoted = lines.filter(line => line.charCodeAt(0) === 34).length / Math.max(1, lines.length) > 0.5
  const seen: Seen[] = []
  for (const line of lines) {
    const text = quoted && line.charCodeAt(0) === 34 ? line.slice(1) : line
    const clf = readClf(text)
    const shape = clf && readTail(text, clf.tail, () => {})
    if (shape) seen.push({ text, clf, shape })
  }
  if (seen.length === 0 || seen.filter(isAbsolute).length / seen.length > 0.8) return undefined
  const numbers = bareNumbers(seen)
  const fitting = seen.filter(({ shape }) => shape.unknown === 0 || numbers !== undefined).length
  const signs = seen.map(signsOf)
  const isCommon = seen.every(({ shape }) => shape.elements === 0)
  const sum = signs.reduce((total, sign) => total + sign, 0)
  const owner = quoted ? 'litespeed' : numbers !== undefined || sum > 0 || (sum === 0 && isCommon) ? 'apache' : 'nginx'
  return { owner, share: fitting / lines.length, numbers }
}

/** The verdict on a file, worked out once whoever asks. */
export function clfVerdict(head: Head): Verdict | undefined {
  if (!verdicts.has(head)) verdicts.set(head, judge(head))
  return verdicts.get(head)
}

/** How surely a parser may claim a file of combined or common lines: 0 for all but its owner. */
export function clfClaim(head: Head, owner: Verdict['owner']): number {
  const verdict = clfVerdict(head)
  return verdict?.owner === owner ? verdict.share * 0.9 : 0
}
