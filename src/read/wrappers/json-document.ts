/** Finds the records of a JSON document line by line, without parsing them. */
import { HELD, MERGED, skip, type Skip } from '../parser.js'
import type { HeldSkip, Peeled, PeelResult } from '../wrappers.js'
import { BLANK, MAX_PIECED, NOT_WRAPPED } from './common.js'
import { closeBrackets, indentOf, stringEnd } from './json-text.js'

/** Keys under which envelopes keep their records, where such a key is the first of its object. */
const ENVELOPE_KEYS = '"(?:records|Records|logs|Logs|entries|events|items|value|data|result|logEvents)"\\s*:\\s*\\[\\s*(?=\\{|\\]|$)'
const ENVELOPE = new RegExp(`^\\s*\\{\\s*${ENVELOPE_KEYS}`)
const ENVELOPE_KEY = new RegExp(`^\\s*${ENVELOPE_KEYS}`)
const ARRAY = /^\s*\[\s*(?=\{|\]|$)/
const LONE_BRACE = /^\s*\{\s*$/
/** How a line begins that holds an element from its start, up to the first key. */
const FIRST_KEY = /^,?[[{]{1,2}"[^"\\]{0,80}"/
const STRUCTURE: Skip = skip('header')
const NO_OUTER = {}
/** Behind the records of an envelope only its own keys follow: no element lies that deep. */
const NOWHERE = Infinity

interface Element { readonly line: number, readonly opener: string, pieces: string[], size: number, indented: boolean, dropped: boolean }

function newElement(line: number, opener: string, pieces: string[]): Element {
  return { line, opener, pieces, size: 0, indented: false, dropped: false }
}

/** One document after the other, as long as the file goes on. */
export class DocumentScanner {
  private depth = 0
  /** Depth at which elements begin; -1 between documents. */
  private level = -1
  private element: Element | undefined
  /** A lone `{` that may turn out to be an envelope or an element. */
  private brace: { readonly line: number, readonly text: string } | undefined
  /** Texts of a line on which another element began: a line is counted once, so they wait for that element. */
  private waiting: Peeled[] = []
  private texts: (Peeled | HeldSkip)[] = []
  private own: Peeled[] = []
  private strange = false
  private number = 0

  /** One line of the file. */
  line(text: string, number: number): PeelResult {
    if (text.trim() === '') return this.element && !this.element.dropped ? MERGED : BLANK
    this.texts = []
    this.own = []
    this.strange = false
    this.number = number
    this.resynchronise(text)
    const start = this.level < 0 ? this.start(text, number) : 0
    if (start < 0) return this.result(this.brace ? HELD : NOT_WRAPPED, number)
    const before = this.element
    this.scan(text, start, number)
    return this.result(this.fateOf(before), number)
  }

  /** Settles what kind of document begins; gives where its elements may begin, or -1 when there is nothing to scan. */
  private start(text: string, number: number): number {
    if (this.brace) return this.settle(this.brace, text)
    const envelope = ENVELOPE.exec(text)
    if (envelope) return this.enter(2, 2, envelope[0].length)
    const array = ARRAY.exec(text)
    if (array) return this.enter(1, 1, array[0].length)
    const indent = indentOf(text)
    if (text.charCodeAt(indent) !== 123) return -1
    if (!LONE_BRACE.test(text)) return this.enter(0, 0, indent)
    this.brace = { line: number, text }
    return -1
  }

  private settle(brace: { readonly line: number, readonly text: string }, text: string): number {
    this.brace = undefined
    const key = ENVELOPE_KEY.exec(text)
    if (key) {
      this.texts.push({ ...STRUCTURE, line: brace.line })
      return this.enter(2, 2, key[0].length)
    }
    this.element = newElement(brace.line, brace.text, ['{'])
    this.element.indented = indentOf(text) > indentOf(brace.text)
    return this.enter(1, 0, 0)
  }

  private enter(depth: number, level: number, at = 0): number {
    this.depth = depth
    this.level = level
    return at
  }

  /** Takes a cut element for ended where a line begins that can only be the next one. */
  private resynchronise(text: string): void {
    const { element } = this
    if (!element) return
    if (element.pieces.length === 1 && indentOf(text) > indentOf(element.opener)) element.indented = true
    const again = element.indented && text === element.opener && LONE_BRACE.test(text)
    const key = again ? undefined : FIRST_KEY.exec(text)?.[0]
    if (!again && (key === undefined || !element.opener.startsWith(key))) return
    this.give(element, 'malformed')
    this.element = undefined
    if (this.level === 0 || ENVELOPE.test(text) || text.charCodeAt(0) === 91) this.enter(0, -1)
    else this.depth = this.level
  }

  private scan(text: string, from: number, number: number): void {
    let begin = this.element ? from : -1
    for (let at = from; at < text.length; at++) {
      const code = text.charCodeAt(at)
      if (code === 34) at = stringEnd(text, at)
      else if (code === 123 || code === 91) {
        if (this.depth === this.level && !this.element && code === 123) {
          begin = at
          this.element = newElement(number, text, [])
        }
        this.depth++
      } else if (code === 125 || code === 93) {
        this.depth--
        if (this.element && this.depth === this.level) {
          this.complete(text.slice(begin, at + 1), number)
          begin = -1
        }
        this.leave()
      } else if (!this.element && this.depth === this.level && code !== 44 && code > 32) this.strange = true
    }
    if (this.element) this.append(text.slice(Math.max(begin, 0)))
  }

  /** After a closing bracket: elements end with their list, and the next document may follow on the same line. */
  private leave(): void {
    if (this.depth <= 0) this.enter(0, 0)
    else if (!this.element && this.depth < this.level) this.level = NOWHERE
  }

  private append(piece: string): void {
    const { element } = this
    if (!element || element.dropped) return
    const text = piece.trim()
    element.size += text.length + 1
    element.pieces.push(text)
    if (element.size > MAX_PIECED) this.give(element, 'too-long')
  }

  private complete(piece: string, number: number): void {
    this.append(piece)
    const { element } = this
    this.element = undefined
    if (!element || element.dropped) return
    const peeled = { text: element.pieces.join(''), outer: NO_OUTER }
    if (element.line === number) this.own.push(peeled)
    else {
      this.texts.push(...this.waiting, { ...peeled, line: element.line })
      this.waiting = []
    }
  }

  /** Gives an element up; its line is refused unless it has other texts. */
  private give(element: Element, reason: string): void {
    if (element.dropped) return
    element.dropped = true
    element.pieces = ['']
    if (this.waiting.length > 0) this.texts.push(...this.waiting)
    else if (element.line !== this.number) this.texts.push({ ...skip(reason), line: element.line })
    this.waiting = []
  }

  /** What became of the line itself, given the element that was open before it. */
  private fateOf(before: Element | undefined): Skip | typeof MERGED | typeof HELD {
    if (this.depth === 0 && !this.element) this.level = -1
    const { element } = this
    if (before?.dropped || element?.dropped) return skip('too-long')
    if (element && element !== before) return HELD
    return before ? MERGED : this.strange ? NOT_WRAPPED : STRUCTURE
  }

  private result(self: Skip | typeof MERGED | typeof HELD, number: number): PeelResult {
    const { own, texts } = this
    if (own.length > 0 && self === HELD) this.waiting = own.map(peeled => ({ ...peeled, line: number }))
    else if (own.length > 0) return own.length === 1 && texts.length === 0 ? own[0]! : { texts: [...texts, ...own], self: 'text' }
    if (texts.length === 0) return self
    const [only] = texts
    return self === MERGED && texts.length === 1 && only && 'text' in only ? only : { texts, self }
  }

  /** The open element, with its brackets closed where that gives a whole object; for detection. */
  closed(): string | undefined {
    return this.element && !this.element.dropped ? closeBrackets(this.element.pieces) : undefined
  }

  /** What never ended: what waits for it is given, the rest is refused. */
  end(): readonly (Peeled | HeldSkip)[] {
    this.texts = []
    this.number = 0
    if (this.element) this.give(this.element, 'incomplete')
    else if (this.brace) this.texts.push({ ...skip('incomplete'), line: this.brace.line })
    this.element = undefined
    this.brace = undefined
    return this.texts
  }
}
