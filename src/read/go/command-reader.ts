/** The go command's own lines, one by one: which shape a line has, and what becomes of it. */
import { HELD, MERGED, skip, type Draft, type LineReader, type LineResult, type Outer, type ParserContext, type Skip, startingAt } from '../parser.js'
import { explain, Fetches, isRemoteCommand } from './fetches.js'
import { ObjectCollector } from '../text/pretty-json.js'
import { ModloadLines } from './modload.js'
import { moduleDraft, type ModuleObject } from './module-json.js'
import { momentOf, peelLog, putMoment, type Moment } from './moment.js'
import { isBuildLine, isInformation, isProgress, progressDraft, PROSE } from './command-words.js'
import { verdictDraft } from './verdict-draft.js'
import { judge } from './verdict.js'

interface OpenVerdict { readonly line: number, readonly moment: Moment | undefined, readonly held: boolean, readonly lines: string[], readonly about: Draft | undefined, readonly warning: boolean }

const DONE = /^(https?:\/\/\S+|file:\S+): (\d{3})(?: [^()]{0,200})?\((\d{1,7}\.\d{3})s\)$/
/** What the go command, and no compiler, says behind the place of an import: the module, or its version, and why it cannot be had. */
const ABOUT_IMPORT = /^\S{1,300}\.go:\d{1,7}:\d{1,5}: (?:module \S{1,300}: |[^\s:@"]{1,300}@[^\s:]{1,200}: |unrecognized import path "|reading https?:\/\/|verifying )/
const NOT_EVENT = skip('not-an-event')
const FOREIGN = skip('not-this-format', 'no line of the go command')

/** Reader of one trace of the go command. */
export class CommandReader implements LineReader {
  private readonly fetches: Fetches
  private readonly modload: ModloadLines
  private verdict: OpenVerdict | undefined
  private object: ObjectCollector<ModuleObject> | undefined
  private readonly lost: (Skip & { line: number })[] = []
  private prose = false
  private dump = false
  private heredoc = false

  constructor(private readonly context: ParserContext) {
    this.fetches = new Fetches(context)
    this.modload = new ModloadLines()
  }

  line(text: string, number: number, outer?: Outer): LineResult {
    if (this.object) return this.objectLine(text, number, outer)
    if (text.trim() === '') return skip('blank')
    const { message, stamp } = peelLog(text.endsWith('\r') ? text.slice(0, -1) : text)
    if (this.heredoc && /^# get |^go: /.test(message)) this.heredoc = false // its end was lost
    const result = this.heredoc ? this.heredocLine(message) : this.read(message, number, () => this.fetches.moment(momentOf(this.context, stamp, outer)))
    return result ?? FOREIGN
  }

  private read(text: string, number: number, now: () => Moment | undefined): LineResult | undefined {
    switch (text.charCodeAt(0)) {
      case 35: return this.hashLine(text, number, now) // #
      case 9: return this.continuation(text) // tab
      case 123: return this.opensObject(text, number, now) // {
      case 109: return this.mLine(text, number, now) // m
      case 32: return this.verdict && text.startsWith('    ') ? this.continuation(text) : undefined // a tab that was pasted as blanks
      default: break
    }
    if (text.startsWith('go: ')) return this.goLine(text.slice(4), number, now)
    if (text.startsWith('go get ') || text.startsWith('go mod ')) return this.goLine(text.slice(text.indexOf(' ', 3) + 1), number, now)
    if (text.startsWith('cd ')) return this.vcsStart(text, number, now) ?? NOT_EVENT
    const code = text.charCodeAt(0)
    if (code >= 48 && code <= 57) return this.vcsDone(text, number, now)
    if (text.startsWith('verifying ') || text.startsWith('warning: verifying ')) return this.opensVerdict(text, number, now)
    if (/^\S{1,300}\.go:\d{1,7}:\d{1,5}: /.test(text)) return this.sourceLine(text, number, now)
    if (/^\S{1,300} (?:imports|requires|tested by)$/.test(text)) return this.opensVerdict(text, number, now)
    if (text.startsWith('SIGQUIT: ') || text.startsWith('goroutine ')) this.dump = true
    return this.proseLine(text) ?? this.buildLine(text)
  }

  /** A result that this reader claims, together with the verdict that the line before ended. */
  private claimed(result: LineResult): LineResult {
    const drafts = [...this.closeVerdict(), ...this.fetches.overdue()]
    this.prose = false
    if (drafts.length === 0) return result
    if (typeof result === 'symbol' || 'skip' in result) return { drafts, self: result }
    return 'drafts' in result ? { drafts: [...drafts, ...result.drafts], self: result.self } : { drafts: [...drafts, result], self: 'event' }
  }

  private hashLine(text: string, number: number, now: () => Moment | undefined): LineResult | undefined {
    if (text.startsWith('# get ')) return this.claimed(this.getLine(text.slice(6), number, now()))
    const lock = /^# lock (\S.*?\.lock)(# .*)?$/.exec(text) // before Go 1.19 the next line was glued on
    const clone = /^# (\S.*) for \S+ (\S+)$/.exec(lock?.[2] ?? text)
    if (clone) this.fetches.remote(clone[1]!, clone[2]!)
    return lock || clone || /^# \S+(?: \[\S+\])?$/.test(text) || text === '# import config' ? this.claimed(NOT_EVENT) : undefined
  }

  private getLine(text: string, number: number, now: Moment | undefined): LineResult {
    const colon = text.indexOf(': ')
    if (colon === -1) {
      if (text.includes(' ') || !/^[a-z]+:\/\//.test(text)) return skip('malformed', '# get')
      this.fetches.begin(text, number, now)
      return HELD
    }
    const done = DONE.exec(text)
    if (!done && /^\d{3}(?: |$)/.test(text.slice(colon + 2))) return skip('malformed', '# get')
    const result = done ? { status: Number(done[2]), seconds: Number(done[3]) } : { failure: text.slice(colon + 2) }
    const { draft, waits, own } = this.fetches.fetched(done?.[1] ?? text.slice(0, colon), result, number, now)
    if (own) return waits ? HELD : draft
    return waits ? MERGED : { drafts: [draft], self: MERGED }
  }

  private mLine(text: string, number: number, now: () => Moment | undefined): LineResult | undefined {
    if (text.startsWith('mkdir -p ')) {
      const clone = /^mkdir -p (\S.*) # \S+ (\S+)$/.exec(text)
      if (clone) this.fetches.remote(clone[1]!, clone[2]!)
      return this.claimed(NOT_EVENT)
    }
    if (text.startsWith('modload: ')) return this.claimed(this.modload.line(text.slice(9), number, now()))
    if (/^\S{1,300}\.go:\d{1,7}:\d{1,5}: /.test(text)) return this.sourceLine(text, number, now)
    return / (?:imports|requires|tested by)$/.test(text) ? this.opensVerdict(text, number, now) : this.buildLine(text)
  }

  private goLine(text: string, number: number, now: () => Moment | undefined): LineResult {
    if (text.startsWith('http2: ')) return FOREIGN // a log prefix of the toolchain switch
    if (isProgress(text)) {
      const draft = progressDraft(text)
      putMoment(draft, now(), 'point')
      return this.claimed(draft)
    }
    return isInformation(text) ? this.claimed(NOT_EVENT) : this.opensVerdict(text, number, now)
  }

  /** A compiler's message, unless it is the go command's about an import. */
  private sourceLine(text: string, number: number, now: () => Moment | undefined): LineResult {
    return ABOUT_IMPORT.test(text) || /: (?:cannot find module providing package|missing go\.sum entry|no required module provides package|module \S+ provides package|updates to go\.\w+ needed)/.test(text)
      ? this.opensVerdict(text, number, now) : this.claimed(NOT_EVENT)
  }

  private opensVerdict(text: string, number: number, now: () => Moment | undefined): LineResult {
    const drafts = [...this.closeVerdict(), ...this.fetches.overdue()]
    const first = judge(text)
    const about = this.fetches.explained(first.command ?? first.url, text)
    this.verdict = { line: number, moment: about ? undefined : now(), held: about === undefined, lines: [text], about, warning: text.startsWith('warning: ') }
    this.prose = text.includes('checksum mismatch') || text.includes('SECURITY') || this.verdict.warning
    return drafts.length === 0 ? about ? MERGED : HELD : { drafts, self: about ? MERGED : HELD }
  }

  private continuation(text: string): LineResult | undefined {
    if (!this.verdict || this.dump) return undefined
    if (this.verdict.lines.length < 64) this.verdict.lines.push(text)
    return MERGED
  }

  /** Lines of prose that follow a verdict without being indented. */
  private proseLine(text: string): LineResult | undefined {
    if (text === 'SECURITY ERROR' || text === 'SECURITY WARNING') {
      this.prose = true
      return this.verdict ? MERGED : NOT_EVENT
    }
    if (this.prose && !this.dump && !/^http2?: |^gc \d|^SCHED |^goroutine |^SIG[A-Z]+: /.test(text)) {
      if (text.startsWith('For more information')) this.prose = false
      else if (text.includes('go.sum database server misbehavior') && this.verdict) this.verdict.lines.push(text)
      return this.verdict ? MERGED : NOT_EVENT
    }
    return PROSE.some(words => text.startsWith(words)) ? this.verdict ? MERGED : NOT_EVENT : undefined
  }

  private closeVerdict(): Draft[] {
    const open = this.verdict
    if (!open) return []
    this.verdict = undefined
    const verdict = judge(open.lines.join('\n'))
    if (open.about) return [explain(open.about, verdict)]
    const about = this.fetches.explained(verdict.command ?? verdict.url, verdict.message)
    if (about) {
      this.lost.push({ skip: 'not-an-event', line: open.line }) // its words went to the fetch that it is about
      return [explain(about, verdict)]
    }
    const known = verdict.type !== undefined || verdict.url !== undefined
    const draft: Draft = known && !open.warning ? verdictDraft(verdict, verdict.url === undefined || !this.fetches.seen.has(verdict.url)) : { type: 'log.line', message: verdict.message }
    if (open.warning) draft.log = { level: 'warning' }
    putMoment(draft, open.moment, 'point')
    draft.line = open.line
    return [draft]
  }

  private vcsStart(text: string, number: number, now: () => Moment | undefined): LineResult | undefined {
    const match = /^cd (.*); ((?:git|hg|svn|bzr|fossil) .*)$/.exec(text)
    if (!match) return undefined
    if (!isRemoteCommand(match[2]!)) return this.claimed(NOT_EVENT)
    this.fetches.begin(text, number, now())
    return this.claimed(HELD)
  }

  private vcsDone(text: string, number: number, now: () => Moment | undefined): LineResult | undefined {
    const match = /^(\d{1,7}\.\d{3})s # (?:cd (.*); )?((?:git|hg|svn|bzr|fossil) .*)$/.exec(text)
    if (!match) return undefined
    if (!isRemoteCommand(match[3]!)) return this.claimed(NOT_EVENT)
    const { own } = this.fetches.vcsDone(match[2] ?? '', match[3]!, Number(match[1]), number, now())
    return this.claimed(own ? HELD : MERGED)
  }

  private opensObject(text: string, number: number, now: () => Moment | undefined): LineResult | undefined {
    if (text === '{') {
      this.object = new ObjectCollector<ModuleObject>(number)
      return this.claimed(HELD)
    }
    if (!text.startsWith('{"Path":')) return undefined
    const collector = new ObjectCollector<ModuleObject>(number)
    collector.add(`${text.slice(1)}`)
    const draft = this.objectDraft(collector, now())
    return this.claimed('skip' in draft ? draft : startingAt(draft, number))
  }

  private objectDraft(collector: ObjectCollector<ModuleObject>, moment: Moment | undefined): Draft | Skip {
    const object = collector.parse()
    const draft = object === undefined ? skip('invalid-json') : moduleDraft(object) ?? NOT_EVENT
    if (draft === false) return skip('not-this-format', 'no Path')
    if (!('skip' in draft)) putMoment(draft, moment, 'point')
    return draft
  }

  private objectLine(text: string, number: number, outer?: Outer): LineResult {
    const open = this.object!
    const closes = text === '}' || text === '}\r'
    const fits = open.add(text)
    if (!closes && fits && !/^[{#]|^go: /.test(text)) return MERGED
    this.object = undefined
    const draft = closes ? this.objectDraft(open, momentOf(this.context, undefined, outer)) : skip('incomplete', 'the object does not end')
    if ('skip' in draft) this.lost.push({ ...draft, line: open.line })
    else return { drafts: [startingAt(draft, open.line)], self: MERGED }
    return closes ? MERGED : this.line(text, number, outer)
  }

  private heredocLine(text: string): LineResult {
    if (text === 'EOF') this.heredoc = false
    return NOT_EVENT
  }


  private buildLine(text: string): LineResult | undefined {
    if (!isBuildLine(text)) return undefined
    if (/<< ?'?EOF'?/.test(text)) this.heredoc = true
    return this.claimed(NOT_EVENT)
  }

  end(): readonly (Draft | (Skip & { line: number }))[] {
    const last = this.closeVerdict()
    if (this.object) this.lost.push({ ...skip('incomplete', 'the object does not end'), line: this.object.line })
    return [...last, ...this.fetches.end(), ...this.modload.end(), ...this.lost]
  }
}
