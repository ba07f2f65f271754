/** An explanation for a person at a terminal of any width. Everything is made printable; colours only when asked. */
import type { Explanation } from '../explain/explain.js'
import { briefly, tookOf, type Step } from '../explain/step.js'
import type { Bar } from '../explain/waterfall.js'
import { toPrintable } from '../printable.js'

export interface TextOptions { readonly width?: number | undefined, readonly color?: boolean | undefined }

const PAINT = { ok: '32', bad: '31', unknown: '33', bold: '1', dim: '2' } as const
const MARKS: Readonly<Record<Step['state'], string>> = { ok: 'ok', bad: 'BAD', unknown: '?' }

class Page {
  private readonly lines: string[] = []
  constructor(private readonly width: number, private readonly isColored: boolean) {}

  paint(text: string, how: keyof typeof PAINT): string { return this.isColored ? `\x1b[${PAINT[how]}m${text}\x1b[0m` : text }

  /** Wrapped at blanks, words longer than a line are cut into lines; `first` stands before the first line, blanks of its width before the others. */
  put(text: string, first = '', how?: keyof typeof PAINT): void {
    const room = Math.max(8, this.width - first.length)
    wrapped(toPrintable(text), room).forEach((line, index) => {
      const painted = how === undefined ? line : this.paint(line, how)
      this.lines.push(index === 0 ? `${how === undefined ? first : this.paint(first, how)}${painted}` : `${' '.repeat(first.length)}${painted}`)
    })
  }

  raw(line: string): void { this.lines.push(line) }
  gap(): void { this.lines.push('') }
  text(): string { return `${this.lines.map(line => line.trimEnd()).join('\n')}\n` }
}

function wrapped(text: string, room: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    let rest = word
    if (line !== '' && line.length + 1 + rest.length > room) {
      lines.push(line)
      line = ''
    }
    while (rest.length > room) {
      lines.push(rest.slice(0, room))
      rest = rest.slice(room)
    }
    line = line === '' ? rest : `${line} ${rest}`
  }
  return [...lines, line]
}

function putWaterfall(page: Page, bars: readonly Bar[], width: number, bottleneck: string | undefined): void {
  if (bars.length === 0) return page.put('No phase of this visit has a length in these logs.', '  ')
  const names = bars.map(bar => bar.is_placed ? bar.name : `${bar.name}~`)
  const times = bars.map(bar => briefly(bar.duration_ms))
  const nameWidth = Math.max(...names.map(name => name.length))
  const timeWidth = Math.max(...times.map(time => time.length))
  const room = Math.max(4, width - nameWidth - timeWidth - 4)
  const total = Math.max(...bars.map(bar => bar.start_ms + bar.duration_ms)) || 1
  bars.forEach((bar, index) => {
    const from = Math.min(room - 1, Math.floor(bar.start_ms / total * room))
    const length = Math.min(room - from, Math.max(1, Math.round(bar.duration_ms / total * room)))
    const drawn = '█'.repeat(length)
    const shown = bar.outcome === 'failure' ? page.paint(drawn, 'bad') : bar.name === bottleneck ? page.paint(drawn, 'unknown') : drawn
    page.raw(`${names[index]!.padEnd(nameWidth)}  ${times[index]!.padStart(timeWidth)}  ${' '.repeat(from)}${shown}`)
  })
  if (bars.some(bar => !bar.is_placed)) page.put('~ the clocks do not tell when it began', '', 'dim')
}

/** A command that is too wide goes on behind a backslash, so that it can still be copied. */
function putCommand(page: Page, command: string, width: number): void {
  if (command.length <= width) return page.raw(command)
  const parts = command.split(/ (?=-o |-w |--connect-to |@|'?https?:)/)
  parts.forEach((part, index) => page.raw(`${index === 0 ? '' : '  '}${part}${index === parts.length - 1 ? '' : ' \\'}`))
}

function comparison({ others }: Explanation): string {
  if (others.count <= 0) return 'It is the only visit in these logs.'
  const compared = others.median_ms === undefined ? '' : `; those that went well took ${briefly(others.median_ms)} at the median, ${briefly(others.slowest_ms!)} at most`
  return `${others.count} other ${others.count === 1 ? 'visit' : 'visits'}, ${others.failed === 0 ? 'none' : others.failed} failed${compared}.`
}

function headline({ host, time, session, chosen }: Explanation): string {
  const request = [session.http?.request?.method, session.url?.path].filter(part => part !== undefined).join(' ')
  const status = session.http?.response?.status_code
  const took = tookOf(session)
  return `${host}${time === undefined ? ', undated' : ` at ${time}`}${request === '' ? `, a ${session.claim === 'dns' ? 'look-up' : session.claim === 'tls.handshake' ? 'TLS handshake' : 'visit'}` : `, ${request}`}${status === undefined ? '' : `: ${status}`}${took === undefined ? '' : ` in ${briefly(took)}`} (taken because: ${chosen})`
}

/** The explanation as text, at most `width` columns wide, but for words of a command that are longer. */
export function explainText(explanation: Explanation, options: TextOptions = {}): string {
  const width = Math.max(24, options.width ?? 100)
  const page = new Page(width, options.color === true)
  const { session } = explanation
  page.put(headline(explanation), '', 'bold')
  if (session.client?.ip !== undefined) page.put(`Client ${session.client.ip}. ${comparison(explanation)}`)
  else page.put(comparison(explanation))
  page.gap()
  for (const step of explanation.steps) {
    page.put(step.question, MARKS[step.state].padEnd(4), step.state)
    page.put(step.answer, '    ')
    const lines = step.evidence.slice(0, 3).map(line => `${line.file}:${line.line}`)
    if (lines.length > 0) page.put([...new Set(lines)].join('  '), '    ', 'dim')
  }
  page.gap()
  page.put('Where the time went', '', 'bold')
  putWaterfall(page, explanation.waterfall, width, session.bottleneck?.phase)
  page.gap()
  page.put('Verdict', '', 'bold')
  page.put(explanation.verdict)
  page.gap()
  page.put('Next', '', 'bold')
  for (const command of explanation.commands) putCommand(page, toPrintable(command), width)
  page.gap()
  page.put('Lines', '', 'bold')
  for (const { file, line, note } of explanation.evidence) page.put(`${file}:${line}  ${note}`)
  return page.text()
}
