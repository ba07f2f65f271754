/** One line of nginx's error log: its head, and `MESSAGE (ERRNO: text) while ACTION, key: value, …`. */
import { readSlash, type LocalStamp } from '../time.js'

/** The parts of a line, as printed. */
export interface ErrorLine {
  readonly stamp: LocalStamp
  readonly level: string
  readonly pid: number
  readonly connection: string | undefined
  readonly message: string
  readonly action: string
  /** `client`, `server`, `request`, `subrequest`, `upstream`, `host`, `referrer`; values without their quotes. */
  readonly pairs: Readonly<Record<string, string>>
}

const HEAD = /^(\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d) \[(debug|info|notice|warn|error|crit|alert|emerg)\] (\d+)#\d+: (?:\*(\d+) )?/
const KEYS = ['client', 'server', 'login', 'request', 'subrequest', 'upstream', 'host', 'referrer'] as const
/** How a line of the stream module ends. */
const COUNTS = ', bytes from/to client:'

/** True for a line that begins as one of this log. */
export const isErrorLine = (text: string): boolean => text.charCodeAt(4) === 47 && HEAD.test(text)

/** The pairs at the end, each begun by its name and a colon; the message before them may hold commas, colons and quotes of its own. */
function cutPairs(all: string): { body: string, pairs: Record<string, string> } {
  const counts = all.lastIndexOf(COUNTS)
  const text = (counts === -1 ? all : all.slice(0, counts)).replace(', udp client: ', ', client: ')
  const marks: { key: string, at: number, from: number }[] = []
  let from = 0
  for (const key of KEYS) {
    const at = text.indexOf(`, ${key}: `, from)
    if (at === -1) continue
    // a client's own text may look like a pair: the first of each name, in the order nginx writes them
    from = at + 1
    marks.push({ key, at, from: at + key.length + 4 })
  }
  const pairs: Record<string, string> = {}
  marks.forEach(({ key, from: start }, i) => {
    const end = marks[i + 1]?.at ?? text.length
    const raw = text.slice(start, end)
    const bare = raw.charCodeAt(0) === 34 ? raw.slice(1, raw.length > 1 && raw.endsWith('"') ? -1 : undefined) : raw
    if (bare !== '') pairs[key] = bare
  })
  return { body: text.slice(0, marks[0]?.at ?? text.length), pairs }
}

/** Reads a line; undefined for what does not begin as one, 'bad-time' for a date that does not exist. */
export function readErrorLine(text: string): ErrorLine | 'bad-time' | undefined {
  const head = HEAD.exec(text)
  if (!head) return undefined
  const stamp = readSlash(head[1]!)
  if (!stamp) return 'bad-time'
  const { body, pairs } = cutPairs(text.slice(head[0].length))
  const doing = body.lastIndexOf(' while ')
  return {
    stamp, level: head[2]!, pid: Number(head[3]), connection: head[4],
    message: doing === -1 ? body : body.slice(0, doing), action: doing === -1 ? '' : body.slice(doing + 7), pairs,
  }
}
