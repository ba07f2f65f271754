/** Syslog: RFC 3164 and its kin, rsyslog's and journalctl's files with RFC 3339 stamps, RFC 5424. */
import type { Clock } from '../clock.js'
import type { Outer } from '../parser.js'
import { readIso } from '../time.js'
import type { Peeled, PeelResult, Wrapper } from '../wrappers.js'
import { BLANK, headOf, LEVELS, NOT_WRAPPED, spacesEnd, StampedOuter, type OuterFacts } from './common.js'
import { readStructured } from './syslog-structured.js'
import { stampAt, type FoundStamp } from './syslog-stamp.js'

interface Tag { readonly program: string, readonly pid: number | undefined, readonly bracket: boolean, readonly end: number }

const HOST = /^[\w.:%@/-]{1,255}$/
const PRIORITY_WORD = /^(?:kern|user|mail|daemon|auth|syslog|lpr|news|uucp|cron|authpriv|ftp|local[0-7])\.(emerg|alert|crit|err|error|warn|warning|notice|info|debug)$/
const LEVEL_NAMES: Readonly<Record<string, string>> = { error: 'err', warning: 'warn' }
const MAX_TAG = 80

/** What may stand in a program's name: letters, digits and `_ . / ( ) @ # + - %`, beginning with a letter, `(`, `_` or `/`. */
function isTagCode(code: number, first: boolean): boolean {
  if ((code >= 97 && code <= 122) || (code >= 65 && code <= 90) || code === 95 || code === 40 || code === 47) return true
  return !first && ((code >= 48 && code <= 57) || code === 46 || code === 45 || code === 41 || code === 64 || code === 35 || code === 43 || code === 37)
}

/** Reads `program[pid]:` or `program:`; the latter only before a blank or the end. */
function tagAt(text: string, start: number): Tag | undefined {
  const limit = Math.min(text.length, start + MAX_TAG)
  for (let at = start; at < limit; at++) {
    const code = text.charCodeAt(at)
    if (at > start && code === 91) return bracketTag(text, start, at)
    if (at > start && code === 58) {
      const after = text.charCodeAt(at + 1)
      return after === 32 || at + 1 === text.length ? { program: text.slice(start, at), pid: undefined, bracket: false, end: at + 1 } : undefined
    }
    if (!isTagCode(code, at === start)) return undefined
  }
  return undefined
}

function bracketTag(text: string, start: number, bracket: number): Tag | undefined {
  const close = text.indexOf(']', bracket)
  if (close < bracket + 2 || close > bracket + 32 || text.charCodeAt(close + 1) !== 58) return undefined
  const inside = text.slice(bracket + 1, close)
  if (inside.includes(' ')) return undefined
  const pid = Number.parseInt(inside, 10)
  return { program: text.slice(start, bracket), pid: Number.isFinite(pid) ? pid : undefined, bracket: true, end: close + 2 }
}

/** Unbound through syslog says its process and thread after a bare tag: `unbound: [123:0] info:`. */
const hasThread = (text: string, tag: Tag): boolean => /^ \[\d{1,10}:\d{1,6}\] /.test(text.slice(tag.end, tag.end + 24))

/** Message after a tag; one blank belongs to the tag, and HAProxy's own text may begin with another. */
function messageAt(text: string, end: number): string {
  let at = end
  while (at < end + 2 && text.charCodeAt(at) === 32) at++
  return text.charCodeAt(at) === 0xfeff ? text.slice(at + 1) : text.slice(at)
}

interface Head { readonly message: string, readonly facts: Facts }
/** One shape for all lines, filled in place: this is the hot path. */
interface Facts extends OuterFacts { zone: string | undefined, level: string | undefined }

function headOfTag(text: string, tag: Tag, host: string | undefined, level: string | undefined): Head {
  return { message: messageAt(text, tag.end), facts: { zone: undefined, host, program: tag.program, pid: tag.pid, level } }
}

/** Reads host and tag after a stamp. Bare tags are trusted only where no other text could look like them. */
function headAt(text: string, at: number, priority: boolean, stamp: FoundStamp | undefined): Head | undefined {
  const bare = tagAt(text, at)
  if (bare && (bare.bracket || priority || hasThread(text, bare))) return headOfTag(text, bare, undefined, undefined)
  if (!stamp) return undefined
  const blank = text.indexOf(' ', at)
  if (blank < 0 || blank - at > 255) return undefined
  const word = text.slice(at, blank)
  if (!HOST.test(word) || word.endsWith(':')) return undefined
  return afterHost(text, word, spacesEnd(text, blank), priority, stamp)
}

function afterHost(text: string, word: string, at: number, priority: boolean, stamp: FoundStamp): Head | undefined {
  let level = levelOf(word)
  const host = level === undefined ? word : undefined
  let from = at
  if (level === undefined) {
    const blank = text.indexOf(' ', at)
    level = blank < 0 || blank - at > 20 ? undefined : levelOf(text.slice(at, blank))
    if (level !== undefined) from = spacesEnd(text, blank)
  }
  const tag = tagAt(text, from)
  const trusted = priority || !stamp.utcDesignator
  if (tag && (tag.bracket || trusted)) return headOfTag(text, tag, host, level)
  // Fastly's endpoints may leave the tag out; what follows then is a JSON object.
  if (!tag && trusted && (priority || stamp.iso) && text.charCodeAt(from) === 123) return { message: text.slice(from), facts: { zone: undefined, host, program: undefined, pid: undefined, level } }
  return undefined
}

/** OpenWrt and BusyBox print `daemon.info` before the tag. */
function levelOf(word: string): string | undefined {
  if (word.length > 20 || !word.includes('.')) return undefined
  const name = PRIORITY_WORD.exec(word)?.[1]
  return name === undefined ? undefined : LEVEL_NAMES[name] ?? name
}

/** End of `<134>`, or 0 for none, or -1 for a number that is no priority. */
function priorityEnd(text: string): number {
  if (text.charCodeAt(0) !== 60) return 0
  const close = text.indexOf('>')
  return close > 1 && close < 5 && /^\d{1,3}$/.test(text.slice(1, close)) && Number(text.slice(1, close)) < 192 ? close + 1 : -1
}

function peel(text: string, clock: Clock, around: Outer | undefined): Peeled | undefined {
  const start = priorityEnd(text)
  if (start < 0) return undefined
  const level = start === 0 ? undefined : LEVELS[Number(text.slice(1, start - 1)) & 7]
  if (start > 0 && text.startsWith('1 ', start)) {
    const structured = readStructured(text, start + 2, level, clock, around)
    if (structured) return structured
  }
  const stamp = stampAt(text, start)
  if (!stamp && start === 0) return undefined
  const head = headAt(text, spacesEnd(text, stamp ? stamp.end : start), start > 0, stamp)
  if (!head) return undefined
  const { message, facts } = head
  if (stamp) facts.zone = stamp.zone
  if (level !== undefined) facts.level = level
  return { text: message, outer: new StampedOuter(clock, stamp ? stamp.text : '', stamp ? stamp.read : readIso, facts, around) }
}

const open = (clock: Clock) => ({
  line(text: string, _number: number, around?: Outer): PeelResult {
    return peel(text, clock, around) ?? (text.trim() === '' ? BLANK : NOT_WRAPPED)
  },
})

/**
 * Any syslog header with a tag; lines without one are refused, because many formats begin with a date.
 * The host, the priority and the year may each be absent.
 */
export const syslogWrapper: Wrapper = { id: 'syslog', title: 'Syslog (RFC 3164, RFC 5424, rsyslog, journalctl)', peelHead: lines => headOf(open, lines), open }
