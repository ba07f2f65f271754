/** Names and packet dumps of the Windows DNS Server's debug log. */
import type { Draft } from '../parser.js'
import { readRecord, type Answer } from './records.js'

/** `(3)www(7)example(3)com(0)` to `www.example.com`; a dot in a label is escaped. A pointer `[C00C]` may stand before it. */
export function windowsName(text: string): string {
  let at = text.indexOf('(')
  if (at === -1) return text
  const labels: string[] = []
  while (text.charCodeAt(at) === 40 && labels.length < 128) {
    const close = text.indexOf(')', at)
    const size = Number(text.slice(at + 1, close))
    if (close === -1 || !(size >= 0) || size === 0) break
    // a label is as long as it says, unless the log printed its bytes in another way
    let end = close + 1 + size
    if (text.charCodeAt(end) !== 40 && end !== text.length) end = text.indexOf('(', close)
    if (end === -1) end = text.length
    labels.push(text.slice(close + 1, end).replaceAll('\\', '\\\\').replaceAll('.', '\\.').replaceAll(' ', '\\032'))
    at = end
  }
  return labels.length === 0 ? '.' : labels.join('.')
}

/** Reads the indented dump after a packet line and puts the client's port and the answers on the event. */
export class WindowsDetails {
  private section = ''
  private record: { name?: string, type?: string, recordClass?: string, ttl?: string } = {}

  constructor(private readonly draft: Draft, private readonly takesPort: boolean) {}

  line(text: string): void {
    const line = text.trim()
    const port = /^Remote addr \S+, port (\d{1,5})$/.exec(line)
    if (port) {
      if (this.takesPort && this.draft.client) this.draft.client.port = Number(port[1]) || undefined
      return
    }
    const section = /^(QUESTION|ANSWER|AUTHORITY|ADDITIONAL) SECTION:/.exec(line)
    if (section) {
      this.section = section[1]!
      this.record = {}
    } else if (this.section === 'ANSWER') this.field(line)
  }

  private field(line: string): void {
    const match = /^(Name|TYPE|CLASS|TTL|DATA) +(.+)$/.exec(line)
    if (!match) return
    const [, key, value] = match as unknown as [string, string, string]
    if (key === 'Name') this.record = { name: windowsName(value.replaceAll('"', '')) }
    else if (key === 'TYPE') this.record.type = value.split(' ', 1)[0]
    else if (key === 'CLASS') this.record.recordClass = value.split(' ', 1)[0] === '1' ? 'IN' : undefined
    else if (key === 'TTL') this.record.ttl = value
    else this.answer(value)
  }

  private answer(data: string): void {
    const { name, type, recordClass, ttl } = this.record
    if (name === undefined || type === undefined) return
    const text = data.includes('(') ? windowsName(data) : data
    const answer: Answer | undefined = readRecord(`${name} ${ttl ?? ''} ${recordClass ?? ''} ${type} ${text}`)
    const answers = ((this.draft.dns ??= {}).answers ??= [])
    if (answer && answers.length < 100) answers.push(answer)
  }
}
