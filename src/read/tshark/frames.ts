/** The core of the tshark parsers: what a frame is about, who takes it, and what comes out when nothing more can follow. */
import { putTime } from '../field-kinds.js'
import { inheritTime } from '../table.js'
import { skip, type Draft, type LineResult, type Outer, type ParserContext } from '../parser.js'
import { readEpoch, readIso, readTshark } from '../time.js'
import { withDrafts } from '../wire/open-events.js'
import { Transactions } from '../wire/transactions.js'
import { hasDns, readMessage } from './dns.js'
import { endsOf } from './ends.js'
import type { Frame } from './fields.js'
import { Handshakes } from './handshakes.js'
import { hasHttp, Requests } from './http.js'

const TLS_FIELDS = ['tlsType', 'tlsContent', 'tlsSni', 'tlsAlert', 'tlsVersion', 'tlsJa3', 'tlsJa3s', 'tlsJa4', 'tlsCipher', 'certTime', 'certName', 'tlsCertificate'] as const
const hasTls = (frame: Frame): boolean => TLS_FIELDS.some(key => frame.first(key) !== '')

/** Reads frames, whichever output they came from. */
export class Frames {
  private handshakes = new Handshakes()
  private transactions = new Transactions()
  private requests = new Requests()

  constructor(private readonly context: ParserContext) {}

  /** One frame. `stampMs` is a stamp in milliseconds that stands beside it, for frames without a time of their own. */
  take(frame: Frame, line: number, outer?: Outer, stampMs = ''): LineResult {
    const base: Draft = { type: 'log.line' }
    if (!this.putMoment(base, frame, outer, stampMs)) return skip('bad-time')
    const nowMs = base.ts_ms
    const result = this.read(frame, base, line)
    return withDrafts(this.requests.expire(nowMs), withDrafts(this.transactions.expire(nowMs), withDrafts(this.handshakes.expire(nowMs), result)))
  }

  /** Everything still open: at the end of the file, and where a new header says that another capture begins. */
  drain(): Draft[] {
    return [...this.handshakes.drain(), ...this.transactions.drain(), ...this.requests.drain()]
  }

  private read(frame: Frame, base: Draft, line: number): LineResult {
    const isDns = hasDns(frame)
    const isHttp = !isDns && hasHttp(frame)
    if (!isDns && !isHttp && !hasTls(frame)) return skip('not-an-event')
    const ends = endsOf(frame)
    if (ends.quoted) return skip('not-an-event', 'an error that quotes a packet')
    const community = frame.first('communityId')
    if (community !== '') base.network = { community_id: community }
    if (isDns) {
      const { draft, isResponse, key, tookMs } = readMessage(frame, ends, base)
      return isResponse ? this.transactions.answer(key, draft, tookMs) : this.transactions.ask(key, draft, line)
    }
    if (!isHttp) return this.handshakes.take(frame, ends, base, line)
    return withDrafts(this.handshakes.sawApplication(frame, ends), this.requests.take(frame, ends, base, line))
  }

  /** False for a time that is there and cannot be read. */
  private putMoment(draft: Draft, frame: Frame, outer: Outer | undefined, stampMs: string): boolean {
    const epoch = frame.first('epoch')
    const text = epoch === '' ? frame.first('time') : ''
    if (epoch === '' && text === '' && stampMs === '') {
      const placed = this.context.clock.relative(Number(frame.first('relative') || NaN) * 1000, 0.001) // since the first frame
      if (placed) putTime(draft, placed, 'point', this.context)
      else if (outer) inheritTime(draft, outer)
      return true
    }
    const stamp = epoch !== '' ? readEpoch(epoch, 's') ?? readIso(epoch) : text !== '' ? readTshark(text, this.context.clock.zoneIsStated) ?? readIso(text) : readEpoch(stampMs, 'ms')
    if (!stamp) return text !== '' && readTshark(text, true) !== undefined // EST names several zones: undated, unless the user says which
    putTime(draft, stamp, 'point', this.context, outer)
    return true
  }
}
