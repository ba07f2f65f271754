/** One envelope in another, for instance syslog lines that an agent shipped to CloudWatch. */
import type { Clock } from '../clock.js'
import { MERGED, type Skip } from '../parser.js'
import type { HeldSkip, Peeled, Peeler, PeelResult, Peels, Wrapper } from '../wrappers.js'

type Text = Peeled | HeldSkip

class NestedPeeler implements Peeler {
  constructor(private readonly outer: Peeler, private readonly inner: Peeler) {}

  line(text: string, number: number): PeelResult {
    const result = this.outer.line(text, number)
    if (typeof result === 'symbol' || 'skip' in result) return result
    if ('texts' in result) return this.several(result, number)
    const inside = this.inner.line(result.text, result.line ?? number, result.outer)
    return result.line === undefined ? inside : { texts: this.placed(inside, result.line), self: MERGED }
  }

  end(): readonly Text[] {
    return [...(this.outer.end?.() ?? []).flatMap(rest => this.through(rest, 0)), ...(this.inner.end?.() ?? [])]
  }

  private several(result: Peels, number: number): PeelResult {
    const texts = result.texts.flatMap(text => this.through(text, number))
    if (result.self !== 'text') return { texts, self: result.self }
    const own = texts.filter(text => text.line === undefined || text.line === number)
    const refused = own.find((text): text is HeldSkip => 'skip' in text)
    const whole = texts.filter(text => !('skip' in text && text.line === number))
    return own.some(text => 'text' in text) ? { texts: whole, self: 'text' } : { texts: whole, self: bare(refused) ?? MERGED }
  }

  private through(peeled: Text, number: number): Text[] {
    if ('skip' in peeled) return [peeled]
    const inside = this.inner.line(peeled.text, peeled.line ?? number, peeled.outer)
    if (peeled.line !== undefined) return this.placed(inside, peeled.line)
    return typeof inside === 'object' && 'skip' in inside ? [{ ...inside, line: number }] : textsIn(inside)
  }

  /** What a text that began on an earlier line holds; that line must be released whatever it holds. */
  private placed(inside: PeelResult, line: number): Text[] {
    if (typeof inside === 'symbol') return []
    if ('skip' in inside) return [{ ...inside, line }]
    return textsIn(inside).map(text => ({ ...text, line: text.line ?? line }))
  }
}

const textsIn = (result: PeelResult): Text[] => (typeof result === 'symbol' || 'skip' in result ? [] : 'texts' in result ? [...result.texts] : [result])
const bare = (refused: HeldSkip | undefined): Skip | undefined => refused && { skip: refused.skip, ...(refused.detail === undefined ? {} : { detail: refused.detail }) }

/** An envelope whose texts have another envelope; the inner one must be one that works line by line. */
export function nest(outer: Wrapper, inner: Wrapper): Wrapper {
  return {
    id: `${outer.id}-${inner.id}`,
    title: `${inner.title} in ${outer.title}`,
    peelHead(lines) {
      const peeled = outer.peelHead(lines)
      return peeled && inner.peelHead(peeled.lines)
    },
    open: (clock: Clock): Peeler => new NestedPeeler(outer.open(clock), inner.open(clock)),
  }
}
