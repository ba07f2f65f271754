/** Progress on standard error: how much has been read, rewritten on one line of a terminal. */
import { statSync } from 'node:fs'
import { counted, makeCounters, type Counters } from '../input/counters.js'
import { expandInputs } from '../input/expand.js'
import type { Words } from './options.js'

/** Rewritten that often; where there is no terminal, a line of its own comes that often. */
const TERMINAL_MS = 250
const PLAIN_MS = 2000
/** Shorter runs show nothing. */
const FIRST_MS = 500
const ERASE = '\r\x1b[K'

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'] as const

/** A number in at most four characters: 9.9, 12.3, 999. */
const short = (value: number): string => value < 99.95 ? value.toFixed(1) : String(Math.round(value))

/** A count in at most five: 999, 84.0k, 1.2M. */
function compact(count: number): string {
  if (count < 1000) return String(Math.round(count))
  return count < 999_500 ? `${short(count / 1000)}k` : `${short(count / 1_000_000)}M`
}

/**
 * One line of at most 40 columns: share, bytes of total, lines, lines a second.
 * @param total bytes of all files; undefined where it cannot be known (standard input).
 */
export function progressLine(bytes: number, lines: number, total: number | undefined, elapsedMs: number): string {
  const most = Math.max(bytes, total ?? 0)
  const unit = most < 1000 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log10(most) / 3))
  const scaled = (value: number): string => unit === 0 ? String(value) : short(value / 1000 ** unit)
  const rate = elapsedMs > 0 ? ` ${compact(lines / elapsedMs * 1000)}/s` : ''
  const share = total === undefined || total === 0 ? '' : `${Math.min(100, Math.floor(bytes / total * 100))}% `
  const size = total === undefined || total === 0 ? scaled(bytes) : `${scaled(Math.min(bytes, total))}/${scaled(total)}`
  return `${share}${size} ${UNITS[unit]} ${compact(lines)} lines${rate}`
}

/** Bytes of all files named; undefined where standard input is among them or a file cannot be looked at. */
async function totalOf(files: readonly string[]): Promise<number | undefined> {
  try {
    const found = await expandInputs(files)
    if (found.some(({ path }) => path === '-')) return undefined
    return found.reduce((sum, { path }) => sum + statSync(path).size, 0)
  } catch {
    return undefined // the run itself says what is wrong with a file
  }
}

/** Shows progress until it is stopped. It must be stopped before anything else is written to standard error. */
export class Progress {
  readonly counters: Counters = makeCounters()
  private readonly isTerminal = process.stderr.isTTY === true
  private readonly began = performance.now()
  private total: number | undefined
  private timer: NodeJS.Timeout
  private isShown = false

  /** `--progress`, or a terminal on standard error and no result on the same screen. */
  static wanted(words: Words): boolean {
    if (words.progress !== undefined) return words.progress === true
    const isOnScreen = process.stdout.isTTY === true && words.o === undefined && words.format !== 'auto' && words.format !== 'table'
    return process.stderr.isTTY === true && !words.quiet && !words.follow && !isOnScreen
  }

  constructor(files: readonly string[]) {
    void totalOf(files).then(total => { this.total = total })
    this.timer = setTimeout(() => {
      this.show()
      this.timer = setInterval(() => this.show(), this.isTerminal ? TERMINAL_MS : PLAIN_MS).unref()
    }, FIRST_MS).unref()
  }

  private show(): void {
    const { bytes, lines } = counted(this.counters)
    const line = progressLine(bytes, lines, this.total, performance.now() - this.began)
    process.stderr.write(this.isTerminal ? `${ERASE}${line}` : `${line}\n`)
    this.isShown = true
  }

  /** Ends it and leaves the terminal as it was. */
  stop(): void {
    clearTimeout(this.timer)
    if (this.isShown && this.isTerminal) process.stderr.write(ERASE)
    this.isShown = false
  }
}
