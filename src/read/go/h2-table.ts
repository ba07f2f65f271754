/** The connections and streams of one http2debug trace: which line belongs to which request. */
import type { Draft } from '../parser.js'
import { splitHostPort } from '../../address.js'
import type { Moment } from './moment.js'
import { Stream, type Connection } from './h2-stream.js'

/** Streams and connections kept at most: a trace that never ends one must not grow without bound. */
const MAX_OPEN = 20_000
const MAX_RECENT = 32

/** A framer is one side of one connection; pointers are used again after a while. */
export interface Framer {
  connection: Connection | undefined
  /** A server's side; where no line says so, the first request that is read does. */
  server: boolean
  /** Its first frame is in the trace. */
  readonly whole: boolean
}

/** A request that failed a moment ago: its later lines are no news. */
interface Failed { readonly id: number, readonly url: string }

function ends(address: string): { ip: string, port?: number } | undefined {
  const parts = splitHostPort(address)
  return parts && { ip: parts.host, ...(parts.port ? { port: parts.port } : {}) }
}

export class Http2Table {
  private readonly wanted = new Set<string>()
  private readonly connections = new Map<string, Connection>()
  private readonly framers = new Map<string, Framer>()
  private fresh: Connection | undefined
  private freshServer = false
  /** Header blocks whose stream is not known yet, oldest first. */
  readonly blocks: Stream[] = []
  readonly open = new Set<Stream>()
  private readonly recent: Failed[] = []

  want(hostPort: string): void {
    if (this.wanted.size < MAX_OPEN) this.wanted.add(hostPort)
  }

  /** A client connection; its name is the one that was wanted on this port, where only one was. */
  connect(pointer: string, address: string): void {
    const server = ends(address)
    const named = [...this.wanted].filter(hostPort => splitHostPort(hostPort)?.port === server?.port)
    const host = named.length === 1 ? named[0] : undefined
    if (host !== undefined) this.wanted.delete(host)
    this.fresh = { pointer, server, host, next: 1, streams: new Map() }
    this.freshServer = false
    if (this.connections.size < MAX_OPEN) this.connections.set(pointer, this.fresh)
  }

  /** A connection that a server took. */
  accept(address: string): void {
    this.fresh = { pointer: '', client: ends(address), next: 1, streams: new Map() }
    this.freshServer = true
  }

  lost(pointer: string): void {
    this.connections.delete(pointer)
  }

  /** The framer of a line; the first SETTINGS that a framer writes belongs to the connection just made. */
  framer(pointer: string, settings: boolean): Framer {
    const known = this.framers.get(pointer)
    if (known && !(settings && this.fresh)) return known
    const framer: Framer = { connection: settings || !known ? this.fresh : undefined, server: this.freshServer && this.fresh !== undefined, whole: settings }
    framer.connection ??= { pointer: '', next: 1, streams: new Map() }
    framer.connection.framer = pointer
    if (this.framers.size >= MAX_OPEN) this.framers.clear()
    this.framers.set(pointer, framer)
    this.fresh = undefined
    return framer
  }

  /** A new header block. At level 1 it gets the next stream of the only connection it can be on. */
  begin(line: number, moment: Moment | undefined, framed: boolean): Stream {
    const last = this.blocks.at(-1)
    const stream = new Stream(line, moment, framed ? 2 : 1)
    if (last && !last.complete) {
      last.mix()
      stream.mix()
    }
    this.blocks.push(stream)
    this.open.add(stream)
    return stream
  }

  /** Level 1: the authority is known, so is the connection if it is the only one of that name. */
  count(stream: Stream, authority: string): void {
    const all = [...this.connections.values()]
    const fitting = all.filter(connection => connection.host === undefined || connection.host === authority || connection.host === `${authority}:443`)
    const connection = fitting.length === 1 ? fitting[0]! : undefined
    if (!connection) return
    this.put(stream, connection, connection.next)
    connection.next += 2
  }

  private put(stream: Stream, connection: Connection, id: number): void {
    stream.id = id
    stream.connection = connection
    connection.streams.set(id, stream)
    const at = this.blocks.indexOf(stream)
    if (at !== -1) this.blocks.splice(at, 1)
  }

  /** Level 2: the frame that carries a block names its stream. Blocks of one connection do not mix, so it is the newest that fits its name. */
  bind(framer: Framer, id: number): Stream | undefined {
    const connection = framer.connection!
    const known = connection.streams.get(id)
    if (known) return known
    const fits = (stream: Stream): boolean => {
      const { domain, port } = stream.draft.url ?? {}
      return connection.host === undefined || connection.host === `${domain}:${port ?? 443}`
    }
    const block = this.blocks.length === 1 ? this.blocks[0] : this.blocks.findLast(fits) ?? this.blocks.at(-1)
    if (block) this.put(block, connection, id)
    return block
  }

  /** A stream that a framer's line names; made where the trace began after it. */
  stream(framer: Framer, id: number, line: number, moment: Moment | undefined): { stream: Stream, made: boolean } {
    const known = framer.connection!.streams.get(id)
    if (known) return { stream: known, made: false }
    const stream = new Stream(line, moment, 2)
    this.open.add(stream)
    this.put(stream, framer.connection!, id)
    return { stream, made: true }
  }

  /** Level 1: the only open stream with this id. */
  numbered(id: number): Stream | undefined {
    const found = [...this.open].filter(stream => stream.id === id)
    return found.length === 1 ? found[0] : undefined
  }

  known(framer: Framer, id: number): Stream | undefined {
    return framer.connection?.streams.get(id)
  }

  /** Streams of a connection above an id: a GOAWAY says that they were not looked at. */
  above(framer: Framer | undefined, id: number): Stream[] {
    return [...(framer?.connection?.streams.values() ?? [])].filter(stream => stream.id > id && stream.line > 0)
  }

  close(stream: Stream, failed: boolean): void {
    this.open.delete(stream)
    stream.connection?.streams.delete(stream.id)
    const at = this.blocks.indexOf(stream)
    if (at !== -1) this.blocks.splice(at, 1)
    if (!failed) return
    const { scheme, domain, port, path, query } = stream.draft.url ?? {}
    this.recent.push({ id: stream.id, url: `${scheme}://${domain}${port === undefined ? '' : `:${port}`}${path ?? ''}${query === undefined ? '' : `?${query}`}` })
    if (this.recent.length > MAX_RECENT) this.recent.shift()
  }

  /** True where a request of this URL, or stream, failed a moment ago; asked once. */
  failedBefore(fits: (failed: Failed) => boolean): boolean {
    return this.recent.some(fits)
  }

  /** The stream that a failure without a name is about: the one it numbers, else the one given up first, else the only one without an answer. */
  failing(words: string): Stream | undefined {
    const id = /\bstream ID (\d{1,10})\b/.exec(words)?.[1]
    const all = [...this.open]
    if (id !== undefined) return all.find(stream => stream.id === Number(id))
    const given = all.find(stream => stream.abandoned !== undefined || stream.givenUp)
    if (given) return given
    const waiting = all.filter(stream => stream.answered === undefined && !stream.hasStatus)
    return waiting.length === 1 ? waiting[0] : undefined
  }

  /** Streams that never ended, and one too many of them. */
  overdue(): Draft[] {
    if (this.open.size <= MAX_OPEN) return []
    const [oldest] = this.open
    this.close(oldest!, false)
    return [oldest!.unfinished()]
  }
}
