/** The go command's verdicts (`go: M@V: CAUSE` and their kin): which module, and why it could not be had. */
import type { ErrorType } from '../../schema/error-types.js'
import { causeOf, type Cause } from './cause.js'
import { moduleOf, type Asked } from './module-url.js'

/** A verdict, understood. `type` is absent where the words tell no cause that we know. */
export interface Verdict extends Cause {
  readonly message: string
  readonly path?: string | undefined
  readonly version?: string | undefined
  readonly op?: Asked['op']
  readonly proxy?: string | undefined
  /** The URL whose fetch it is about. */
  readonly url?: string | undefined
  readonly status?: number | undefined
  /** The VCS command it is about, as `-x` prints it. */
  readonly command?: string | undefined
}

/** Causes that stand in the text without a URL; in order. */
const PLAIN: readonly (readonly [string, ErrorType])[] = [
  ['checksum mismatch', 'checksum_mismatch'],
  ['missing go.sum entry', 'missing_go_sum'], ['updates to go.sum needed', 'missing_go_sum'],
  ['declares its path as', 'path_mismatch'],
  ['module lookup disabled by GOPROXY=off', 'proxy_configuration_error'], ['GOPROXY list', 'proxy_configuration_error'], ['invalid proxy URL', 'proxy_configuration_error'],
  ['cmdgonetlimit', 'proxy_configuration_error'],
  ['GOSUMDB', 'checksum_database_error'], ['verifying module: ', 'checksum_database_error'], ['verifying go.mod: ', 'checksum_database_error'], ['go.sum database server misbehavior', 'checksum_database_error'],
  ['unknown revision', 'unknown_revision'], ['no matching versions for query', 'unknown_revision'], ['disallowed version string', 'unknown_revision'], ['no matching versions', 'unknown_revision'],
  ['does not contain package', 'module_not_found'], ['no required module provides package', 'module_not_found'], ['no go-import meta tags', 'module_not_found'],
  ['GOVCS disallows', 'vcs_error'], ['executable file not found', 'vcs_error'],
  ['not a valid zip file', 'http_protocol_error'], ['invalid response from proxy', 'http_protocol_error'], ['proxy returned info for version', 'http_protocol_error'],
  ['downloaded zip file too large', 'http_protocol_error'], ['has unexpected file', 'http_protocol_error'],
]

/** What git (and the curl inside it) says on standard error. */
const VCS: readonly (readonly [RegExp, ErrorType])[] = [
  [/could not read (?:Username|Password)|Authentication failed|Permission denied|returned error: 40[13]|HTTP Basic: Access denied|terminal prompts disabled/i, 'authentication_required'],
  [/certificate|SSL peer|self[- ]signed/i, 'tls_certificate_error'],
  [/Could not resolve host/i, 'destination_not_found'],
  [/Connection refused|Couldn't connect|Could not connect to server/i, 'connection_refused'],
  [/timed out|Timeout was reached/i, 'connection_timeout'],
  [/repository '[^']{1,500}' not found|Repository not found|does not appear to be a git repository/i, 'module_not_found'],
  [/unknown revision|couldn't find remote ref/i, 'unknown_revision'],
]

/** `FILE:LINE:COL: `, which the go command puts before what it says of an import. */
const AT_FILE = /^\S{1,300}\.go:\d+:\d+: /
const NAMED = /^(?:download(?:ing)? |get )?(?:module )?([^\s@:"]{1,300})(?:@([^\s:]{1,200}))?: /
const VERIFYING = /(?:^|: )verifying (?:module: |go\.mod: )?([^\s@:]{1,300})@([^\s:/]{1,200})(?:\/go\.mod)?: /

/** Where a chain of `A imports`, `B requires` lines ends stands what failed. */
function lastOfChain(text: string): string {
  if (!/ (?:imports|requires|tested by)(?:\n|$)/.test(text)) return text
  const lines = text.split('\n')
  const at = lines.findIndex(line => !/ (?:imports|requires|tested by)$/.test(line))
  return at === -1 ? text : lines.slice(at).map((line, index) => (index === 0 ? line.trim() : line)).join('\n')
}

function looksLikeModule(path: string): boolean {
  return path.includes('/') || path.includes('.')
}

function nameOf(text: string): { path?: string, version?: string } {
  const verifying = VERIFYING.exec(text)
  if (verifying) return { path: verifying[1], version: verifying[2] }
  const provides = /provid(?:ing|es) package (\S{1,300}?)(?::|;| |$)/.exec(text)
  const inner = /: module (\S{1,300}?): /.exec(text)
  if (inner) return { path: inner[1] }
  if (provides) return { path: provides[1] }
  const found = /^module ([^\s@]{1,300})@\S+ found \(([^\s)]{1,200})[^)]{0,300}\), but does not contain/.exec(text)
  if (found) return { path: found[1], version: found[2] }
  const named = NAMED.exec(text)
  if (!named || !looksLikeModule(named[1]!)) return {}
  return { path: named[1], ...(named[2] === undefined ? {} : { version: named[2] }) }
}

/** The word for a status that ended a fetch: 404 and 410 send the go command to the next proxy, anything else stops it. */
export function statusError(status: number, asked: Asked): ErrorType | undefined {
  if (status === 401 || status === 403 || status === 407) return 'authentication_required'
  if (asked.op === 'sumdb') return 'checksum_database_error'
  if (status === 404 || status === 410) return 'module_not_found'
  return undefined
}

/** `reading URL: 503 Service Unavailable`, with the server's own words below it. */
function readingVerdict(text: string): { url: string, status: number } | undefined {
  const match = /\breading (https?:\/\/\S{1,2000}): (\d{3})\b/.exec(text)
  return match ? { url: match[1]!, status: Number(match[2]) } : undefined
}

function byStatus(url: string, status: number, message: string): Verdict {
  const asked = moduleOf(url)
  // proxies say 404 both for a module and for a version that they do not have; only their words tell which
  const revision = (status === 404 || status === 410) && /unknown revision|no matching versions for query/.test(message)
  return { message, url, status, ...asked, type: revision ? 'unknown_revision' : statusError(status, asked), code: String(status) }
}

/** A body that broke off: `read "URL": CAUSE`; before Go 1.22 the URL there lacks the module's path, so it is not kept. */
function bodyVerdict(text: string, message: string): Verdict | undefined {
  const match = /\bread "(https?:\/{1,2}[^"]{1,2000})": (.*)$/s.exec(text)
  if (!match) return undefined
  const cause = causeOf(text.slice(match.index).split('\n')[0]!)
  const op = /\.(info|mod|zip)$/.exec(match[1]!)?.[1] as Asked['op'] | undefined
  return { message, ...cause, ...(op ? { op } : {}) }
}

function requestVerdict(text: string, message: string): Verdict | undefined {
  const match = /\b(?:Get|Head|Post) "?((?:https?:\/)?\/[^\s"]{1,2000}?)"?: (.*)$/s.exec(text)
  if (!match) return undefined
  return { message, url: match[1]!, ...moduleOf(match[1]!), ...causeOf(match[2]!.split('\n')[0]!) }
}

function vcsVerdict(text: string, message: string): Verdict | undefined {
  const match = /\b((?:git|hg|svn|bzr|fossil) [^\n]{1,500}?) in (\S{1,500}): (exit status \d+|signal: \w+|exec: [^\n]{1,200})/.exec(text)
  if (!match) return undefined
  return { message, op: 'vcs', command: `cd ${match[2]}; ${match[1]}`, type: VCS.find(([words]) => words.test(text))?.[1] ?? 'vcs_error', code: /exit status (\d+)/.exec(match[3]!)?.[1] }
}

/** One line for people, of what the go command printed on several. */
function oneLine(text: string): string {
  if (!text.includes('\n')) return text
  return text.split('\n').map(line => line.trim()).filter(line => line !== '').reduce((sum, line) => `${sum}${sum.endsWith(':') ? ' ' : '; '}${line}`)
}

/**
 * Reads a verdict, its continuation lines joined by line feeds, without its `go: `.
 * A text of no known kind gives only its message and the module named in it.
 */
export function judge(printed: string): Verdict {
  const text = lastOfChain(printed.replace(AT_FILE, ''))
  const message = oneLine(printed)
  const name = nameOf(text)
  const reading = readingVerdict(text)
  const verdict = reading ? byStatus(reading.url, reading.status, message)
    : bodyVerdict(text, message) ?? requestVerdict(text, message) ?? vcsVerdict(text, message)
    ?? { message, type: PLAIN.find(([phrase]) => text.includes(phrase))?.[1] }
  return { ...verdict, path: name.path ?? verdict.path, version: name.version ?? verdict.version, ...opOf(text, verdict) }
}

function opOf(text: string, verdict: Verdict): { op?: Asked['op'] } {
  if (verdict.op !== undefined) return {}
  if (text.includes('parsing go.mod')) return { op: 'mod' }
  if (text.includes('zip file') || text.includes('unexpected file')) return { op: 'zip' }
  return verdict.type === 'checksum_database_error' ? { op: 'sumdb' } : {}
}
