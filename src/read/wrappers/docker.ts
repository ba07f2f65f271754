/** Docker's json-file driver, and the same object as Fluent Bit passes it on. */
import type { Clock } from '../clock.js'
import { skip, type Outer } from '../parser.js'
import { readIso } from '../time.js'
import type { Peeler, PeelResult, Wrapper } from '../wrappers.js'
import { BLANK, headOf, isObject, jsonObject, NOT_WRAPPED, PieceJoiner, StampedOuter, zoneText } from './common.js'

function kubernetesFacts(object: Record<string, unknown>): { host?: string, program?: string } {
  const { kubernetes } = object
  if (!isObject(kubernetes)) return {}
  const { host, container_name: program } = kubernetes
  return { ...(typeof host === 'string' ? { host } : {}), ...(typeof program === 'string' ? { program } : {}) }
}

/** Docker ends a whole line with its line feed; Fluent Bit strips that and says P or F, or nothing for a whole line. */
function isPart(object: Record<string, unknown>, log: string): boolean {
  if (typeof object.logtag === 'string') return object.logtag.startsWith('P')
  return !log.endsWith('\n') && object.kubernetes === undefined
}

class DockerPeeler implements Peeler {
  private readonly pieces = new PieceJoiner()

  constructor(private readonly clock: Clock) {}

  line(text: string, number: number, around?: Outer): PeelResult {
    if (text.charCodeAt(0) !== 123 || !(text.includes('"log"') || text.includes('"message"'))) return text.trim() === '' ? BLANK : NOT_WRAPPED
    const object = jsonObject(text)
    if (!object) return skip('invalid-json')
    // Fluentd and Filebeat call the line a message
    const { log = object.message, time, stream } = object
    if (typeof log !== 'string' || typeof time !== 'string' || typeof stream !== 'string' || (stream !== 'stdout' && stream !== 'stderr')) return NOT_WRAPPED
    const part = isPart(object, log)
    const whole = log.endsWith('\n') ? log.slice(0, log.endsWith('\r\n') ? -2 : -1) : log
    // Docker writes UTC wherever the container is, so only an offset tells the zone of what is inside.
    const zone = time.endsWith('Z') ? undefined : zoneText(time)
    return this.pieces.add(stream, whole, part, number, new StampedOuter(this.clock, time, readIso, { zone, ...kubernetesFacts(object) }, around))
  }

  end() { return this.pieces.end() }
}

const open = (clock: Clock): Peeler => new DockerPeeler(clock)

/** `{"log":"line\n","stream":"stdout","time":"…Z"}`; a log without a line feed continues in the next line of its stream. */
export const dockerWrapper: Wrapper = { id: 'docker-json', title: 'Docker json-file', peelHead: lines => headOf(open, lines), open }
