/** One line of Apache's error log, 2.4 (`[module:level] [pid 1:tid 2]`) and 2.2 (`[level]`). */
import { readUnixDate, type LocalStamp, type Stamp } from '../time.js'

/** The parts of a line, as printed. */
export interface ApacheErrorLine {
  readonly stamp: Stamp | LocalStamp
  readonly module: string | undefined
  readonly level: string
  readonly pid: number | undefined
  /** Process and thread, by which lines that follow each other are told to belong together. */
  readonly thread: string
  /** `(111)Connection refused`, where a system error stands before the message. */
  readonly status: string
  readonly client: string | undefined
  readonly remote: string | undefined
  readonly number: string | undefined
  readonly message: string
  readonly referer: string | undefined
}

const HEAD = /^\[([A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]?\d \d\d:\d\d:\d\d(?:\.\d{1,6})? \d{4})\] \[(?:([a-z][a-z0-9_-]*|-)?:)?(emerg|alert|crit|error|warn|notice|info|debug|trace[1-8])\] /
const PROCESS = /^\[pid (\d+)(?::tid (\d+))?\] /
const STATUS = /^(?:\S{1,60}\.c\(\d+\): )?(\(\d+\)[^:]{1,120}): /
const PEER = /^\[(client|remote) ([^\]]{1,80})\] /
const NUMBER = /^(AH\d{5}): /
const REFERER = ', referer: '

/** True for a line that begins as one of this log. */
export const isApacheError = (text: string): boolean => text.charCodeAt(0) === 91 && HEAD.test(text)

/** Reads a line; undefined for what does not begin as one, 'bad-time' for a date that does not exist. */
export function readApacheError(text: string): ApacheErrorLine | 'bad-time' | undefined {
  const head = HEAD.exec(text)
  if (!head) return undefined
  const stamp = readUnixDate(head[1]!)
  if (!stamp) return 'bad-time'
  let rest = text.slice(head[0].length)
  const take = (pattern: RegExp): RegExpExecArray | null => {
    const match = pattern.exec(rest)
    if (match) rest = rest.slice(match[0].length)
    return match
  }
  const process = take(PROCESS)
  // the system error stands before the peer in 2.4, behind it in 2.2
  let status = take(STATUS)?.[1] ?? ''
  const peers: Record<string, string> = {}
  for (let peer = take(PEER); peer; peer = take(PEER)) peers[peer[1]!] = peer[2]!
  if (status === '') status = take(STATUS)?.[1] ?? ''
  const number = take(NUMBER)?.[1]
  const at = rest.lastIndexOf(REFERER)
  return {
    stamp, module: head[2] === '-' ? undefined : head[2], level: head[3]!, pid: process ? Number(process[1]) : undefined, thread: `${process?.[1] ?? ''}:${process?.[2] ?? ''}`, status,
    client: peers.client, remote: peers.remote, number, message: at === -1 ? rest : rest.slice(0, at), referer: at === -1 ? undefined : rest.slice(at + REFERER.length),
  }
}
