/** `option httplog clf` and `option tcplog clf`: the Common Log Format, HAProxy's own values one by one behind it. */
import { canonicalIp } from '../../address.js'
import { readClf, type ClfLine } from '../access/clf.js'
import { putTime } from '../field-kinds.js'
import { skip, type Draft, type LineResult, type Outer, type ParserContext } from '../parser.js'
import { putRequestLine } from '../request.js'
import { readCommonLog } from '../time.js'
import { applySession, unhashTarget } from './session.js'

/** Where Referer and User-Agent would stand in the combined format, HAProxy prints two empty ones. */
const MARK = ' "" "" '
const STATE = /^[A-Za-z-]{4}$/

interface Found { readonly clf: ClfLine, readonly cells: readonly string[] }

function find(text: string): Found | undefined {
  if (!text.includes(MARK)) return undefined
  const clf = readClf(text)
  if (!clf || !text.startsWith(MARK, clf.tail)) return undefined
  const cells = text.slice(clf.tail + MARK.length).split(' ').map(cell => cell.startsWith('"') ? cell.replaceAll('"', '') : cell)
  const state = cells[10]
  return cells.length >= 18 && state !== undefined && STATE.test(state) ? { clf, cells } : undefined
}

/** True for the lines of HAProxy's CLF options. */
export function isClfLine(text: string): boolean {
  return find(text) !== undefined
}

/** Reads a line of HAProxy's CLF options. The date counts whole seconds. */
export function readClfLine(text: string, context: ParserContext, outer?: Outer): LineResult {
  const found = find(text)
  if (!found) return skip('not-this-format')
  const { clf, cells } = found
  const tcp = clf.request === 'TCP '
  const stamp = readCommonLog(clf.time)
  if (!stamp) return skip('bad-time')
  const draft: Draft = { type: tcp ? 'net.connect' : 'http.request', network: { transport: 'tcp' } }
  putTime(draft, stamp, 'start', context, outer)
  if (canonicalIp(clf.client) !== undefined) draft.client = { ip: clf.client, port: Number(cells[0]) || undefined }
  // in TCP mode the five timers are Th Tw Tc Tt and then the bytes sent up
  const timers = cells.slice(5, 10).map(Number)
  const total = tcp ? timers[3]! : timers[4]!
  const status = Number(clf.status)
  const session = { frontend: cells[2], backend: cells[3], server: cells[4], state: tcp ? cells[10]!.slice(0, 2) : cells[10], queue: timers[1], connect: timers[2], total }
  if (tcp) {
    if (total >= 0) draft.network!.duration_ms = total
    draft.server = { bytes: Number(clf.bytes) }
    applySession(draft, session)
    if (session.state === '--') draft.outcome = 'success'
    return draft
  }
  const badRequest = clf.request === '<BADREQ>'
  if (!badRequest) putRequestLine(draft, unhashTarget(clf.request))
  const response: { status_code?: number, bytes?: number } = {}
  if (status >= 100) response.status_code = status
  if (clf.bytes !== '-') response.bytes = Number(clf.bytes)
  ;(draft.http ??= {}).response = response
  if (total >= 0) draft.duration_ms = total
  if (cells[2]!.endsWith('~')) (draft.url ??= {}).scheme = 'https'
  applySession(draft, { ...session, request: timers[0], response: timers[3], status, badRequest })
  return draft
}
