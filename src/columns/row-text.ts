/** Writes the wanted fields of sessions as lines of JSON, bytes to bytes: the same lines as `src/threads/session-text.ts`. */
import type { BriefPlan } from '../read/brief.js'
import { toRfc3339 } from '../read/time.js'
import { PROTOCOL_GROUPS } from '../schema/event.js'
import { pathKind } from '../schema/path-kind.js'
import { DNS_GROUPS, sessionId, TLS_GROUPS } from '../join/session.js'
import { sessionSchema } from '../schema/session.js'
import type { Block } from './block.js'
import { copyBytes, viewOf } from './copy-bytes.js'
import type { Dictionary } from './dictionary.js'
import type { Lane } from './lane.js'

const [POINT, Z, CLOSE] = [46, 90, 125]

/** A row whose values are wanted; whether there is one at all. */
export class ValueRow {
  isThere = false
  /** Where it stands in its block. */
  row = 0
  private block!: Block
  private texts!: DataView
  private dictionary!: Dictionary
  // rows of the block
  private first = 0
  private end = 0
  // where each wanted path comes from, as numbers side by side: -1 nowhere, a part, or -2 - a text's column
  private readonly from: Int32Array
  private readonly at: Int32Array

  private readonly widths: readonly number[]

  constructor(private readonly lane: Lane, { places, partPaths }: BriefPlan) {
    this.widths = partPaths.map(paths => paths.length)
    this.from = Int32Array.from(places, place => place.from === 'part' ? place.part : place.from === 'text' ? -2 - place.column : -1)
    this.at = Int32Array.from(places, place => place.from === 'part' ? place.at : 0)
  }

  /** @param row of the lane. */
  put(row: number): void {
    // rows come block by block, mostly
    if (row < this.first || row >= this.end) {
      const { block, dictionary, first, end } = this.lane.heldOf(row)
      this.block = block
      this.texts = viewOf(block.bytes)
      this.dictionary = dictionary
      this.first = first
      this.end = end
    }
    this.isThere = true
    this.row = row - this.first
  }

  get line(): number { return this.block.line[this.row]! }

  /** Writes the value of a wanted path; false when it is absent. */
  write(out: ByteText, path: number): boolean {
    const from = this.from[path]!
    const { block, row } = this
    if (from >= 0) {
      const values = this.dictionary.values[from]!
      const value = block.parts[from]![row]! * this.widths[from]! + this.at[path]!
      const length = values.lengths[value]!
      if (length > 0) out.put(values.view, values.starts[value]!, length)
      return length > 0
    }
    if (from === -1) return false
    const length = block.textLengths[-2 - from]![row]!
    if (length > 0) out.put(this.texts, block.textStarts[-2 - from]![row]!, length)
    return length > 0
  }
}

/** A session on its way to text. One object for all of them: what is made anew for each has to be collected for each. */
export interface RowSession {
  kind: 'http.request' | 'tls.handshake' | 'dns'
  lead: ValueRow
  /** Its partners. */
  readonly tls: ValueRow
  readonly dns: ValueRow
  startMs: number
  endMs: number
  score: number
  path: string
}

/** A text that is put over and over. */
const literal = (text: string): DataView => viewOf(Buffer.from(text))

/** Bytes in the making. */
export class ByteText {
  bytes: Buffer<ArrayBuffer>
  used = 0

  private view: DataView

  /** @param bytes room at first. */
  constructor(bytes: number) {
    this.bytes = Buffer.allocUnsafeSlow(bytes)
    this.view = viewOf(this.bytes)
  }

  private room(length: number): void {
    if (this.used + length <= this.bytes.length) return
    const larger = Buffer.allocUnsafeSlow(Math.max(this.bytes.length * 2, this.used + length))
    this.bytes.copy(larger, 0, 0, this.used)
    this.bytes = larger
    this.view = viewOf(larger)
  }

  put(source: DataView, from = 0, length = source.byteLength): void {
    this.room(length)
    this.used = copyBytes(this.view, this.used, source, from, from + length)
  }

  byte(value: number): void {
    this.room(1)
    this.bytes[this.used++] = value
  }

  ascii(text: string): void {
    this.room(text.length)
    for (let i = 0; i < text.length; i++) this.bytes[this.used++] = text.charCodeAt(i)
  }

  /** A whole number from 0, with zeros in front up to a width. */
  digits(value: number, width = 1): void {
    this.room(20)
    let digits = 1
    for (let rest = value; rest >= 10; rest = Math.floor(rest / 10)) digits++
    digits = Math.max(digits, width)
    let rest = value
    for (let at = this.used + digits - 1; at >= this.used; at--) {
      const tenth = Math.floor(rest / 10)
      this.bytes[at] = 48 + rest - tenth * 10
      rest = tenth
    }
    this.used += digits
  }
}

/** Milliseconds as JSON writes them, rounded to 0.001. */
function putMs(out: ByteText, ms: number): void {
  const us = Math.round(ms * 1000)
  if (!(us >= 0 && us <= Number.MAX_SAFE_INTEGER)) return out.ascii(String(us / 1000))
  const whole = Math.floor(us / 1000)
  const fraction = us - whole * 1000
  out.digits(whole)
  if (fraction === 0) return
  out.byte(POINT)
  if (fraction % 100 === 0) out.digits(fraction / 100)
  else if (fraction % 10 === 0) out.digits(fraction / 10, 2)
  else out.digits(fraction, 3)
}

/** Times in RFC 3339; what stands before the fraction is made once for every second. */
class TimeWriter {
  private second = NaN
  private prefix = literal('')
  put(out: ByteText, ms: number): void {
    const us = Math.round(ms * 1000)
    const second = Math.floor(us / 1_000_000)
    if (second !== this.second) {
      this.second = second
      this.prefix = literal(`"${toRfc3339(second * 1000).slice(0, 20)}`)
    }
    out.put(this.prefix)
    out.digits(us - second * 1_000_000, 6)
    out.byte(Z)
    out.byte(34)
  }
}

/** Writes one value; false when it is absent, and nothing was written. */
type Field = (out: ByteText, session: RowSession) => boolean

/** A value of a group: the claiming line's, else the handshake's, else the answer's, as far as each may add to the group. */
function groupField(path: string, at: number): Field {
  const [group] = path.split('.') as [string]
  const fromTls = (TLS_GROUPS as readonly string[]).includes(group)
  const fromDns = (DNS_GROUPS as readonly string[]).includes(group)
  return (out, { lead, tls, dns }) => lead.write(out, at) || (fromTls && tls.isThere && tls.write(out, at)) || (fromDns && dns.isThere && dns.write(out, at))
}

const always = (write: (out: ByteText, session: RowSession) => void): Field => (out, session) => {
  write(out, session)
  return true
}

/** What a session says of itself. */
function sessionFields(): Readonly<Record<string, Field>> {
  const times = new TimeWriter()
  const scores = new Map<number, DataView>()
  return {
    type: always(out => out.ascii('"session"')),
    v: always(out => out.ascii('1')),
    id: always((out, session) => out.ascii(`"${sessionId(`${session.path}:${session.lead.line}`)}"`)),
    claim: always((out, { kind }) => out.ascii(`"${kind}"`)),
    time: always((out, { startMs }) => times.put(out, startMs)),
    ts_ms: always((out, { startMs }) => putMs(out, startMs)),
    ts_end_ms: always((out, { endMs }) => putMs(out, endMs)),
    duration_ms: always((out, { startMs, endMs }) => putMs(out, endMs - startMs)),
    'join.score': (out, { score }) => {
      if (Number.isNaN(score)) return false
      let text = scores.get(score)
      if (!text) scores.set(score, text = literal(String(score)))
      out.put(text)
      return true
    },
  }
}

/** Values of the line that claims the session. */
const OF_LEAD = new Set(['outcome', 'hostname', 'ts_basis', 'ts_res_ms'])
const NEVER: Field = () => false

interface Node { readonly name: string, readonly field: Field | undefined, readonly inner: Node[] }

const newNode = (name: string, field?: Field): Node => ({ name, field, inner: [] })

function put(nodes: Node[], keys: readonly string[], field: Field): void {
  const [name, ...rest] = keys as [string, ...string[]]
  let node = nodes.find(one => one.name === name)
  if (!node) nodes.push(node = newNode(name, rest.length === 0 ? field : undefined))
  if (rest.length > 0) put(node.inner, rest, field)
}

/** A member of an object as it is written; a group with one member alone goes with it, so that there is less to put and to take back. */
interface Member { readonly field: Field | undefined, readonly inner: readonly Member[], readonly first: DataView, readonly further: DataView, readonly close: DataView }

function memberOf(node: Node): Member {
  let path = `"${node.name}":`
  let close = ''
  let last = node
  for (; last.inner.length === 1; last = last.inner[0]!) {
    path += `{"${last.inner[0]!.name}":`
    close += '}'
  }
  return { field: last.field, inner: last.inner.map(memberOf), first: literal(`{${path}`), further: literal(`,${path}`), close: literal(close) }
}

/** An object with those of its members that are there; false, and nothing written, when none is. */
function putObject(out: ByteText, members: readonly Member[], session: RowSession): boolean {
  let isFirst = true
  for (let i = 0; i < members.length; i++) {
    const { field, inner, first, further, close } = members[i]!
    const before = out.used
    out.put(isFirst ? first : further)
    if (field === undefined ? putObject(out, inner, session) : field(out, session)) {
      isFirst = false
      if (close.byteLength > 0) out.put(close)
    } else out.used = before
  }
  if (!isFirst) out.byte(CLOSE)
  return !isFirst
}

/** Writes sessions with the fields that were asked for. */
export class RowText {
  /** Paths of the values that have to come with every row. */
  readonly wanted: readonly string[]
  private readonly members: readonly Member[]

  private constructor(nodes: readonly Node[], wanted: readonly string[]) {
    this.members = nodes.map(memberOf)
    this.wanted = wanted
  }


  /** @returns undefined when some of the fields are beyond this way of writing. */
  static of(fields: readonly string[]): RowText | undefined {
    const nodes: Node[] = []
    const wanted: string[] = []
    const place = (path: string): number => wanted.includes(path) ? wanted.indexOf(path) : wanted.push(path) - 1
    const ofSession = sessionFields()
    for (const path of new Set(fields)) {
      const [group] = path.split('.') as [string]
      const isGroup = path.includes('.') && (PROTOCOL_GROUPS as readonly string[]).includes(group)
      if (!/^\w+(?:\.\w+)*$/.test(path) || fields.some(other => other !== path && other.startsWith(`${path}.`))) return undefined
      const kind = pathKind(sessionSchema, path)
      const field = kind === 'none' ? NEVER : ofSession[path] ?? (OF_LEAD.has(path) ? leadField(place(path)) : isGroup && kind === 'leaf' ? groupField(path, place(path)) : undefined)
      if (!field) return undefined
      put(nodes, path.split('.'), field)
    }
    return new RowText(nodes, wanted)
  }

  /** Adds a line with its end. */
  line(out: ByteText, session: RowSession): void {
    if (!putObject(out, this.members, session)) out.ascii('{}')
    out.byte(10)
  }
}

const leadField = (at: number): Field => (out, { lead }) => lead.write(out, at)
