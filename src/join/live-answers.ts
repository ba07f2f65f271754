/**
 * Answers of earlier slices that may still be in use. In window mode they join nothing; they only tell that a handshake was served from a
 * cache, so that a query made after it (a re-resolution) is not taken for its cause.
 */
import { asksForAddress, type Facts } from './facts.js'
import { lifeMs } from './life.js'

/** Entries kept per table; beyond that the oldest go. */
const MOST = 200_000

function remember(table: Map<string, number>, key: string, until: number): void {
  const known = table.get(key)
  if (known !== undefined && known >= until) return
  table.delete(key)
  table.set(key, until)
  if (table.size > MOST) table.delete(table.keys().next().value!)
}

/** Until when an answer for a name may be in use, per client and for anybody. */
export class LiveAnswers {
  private readonly byClient = new Map<string, number>()
  private readonly unknownClient = new Map<string, number>()
  private readonly anyClient = new Map<string, number>()

  constructor(private readonly slackMs: number) {}

  add(facts: Facts): void {
    if (facts.role !== 'dns' || facts.leg === 'origin' || !asksForAddress(facts.event)) return
    const until = facts.at + lifeMs(facts, this.slackMs)
    for (const name of facts.names) {
      const key = `${name} ${facts.family}`
      remember(this.anyClient, key, until)
      if (facts.client === undefined) remember(this.unknownClient, key, until)
      else remember(this.byClient, `${facts.client} ${key}`, until)
    }
  }

  /** Is there an earlier answer that this event may have been served from? */
  covers(seeker: Facts): boolean {
    const [name] = seeker.names
    if (name === undefined) return false
    const tables: readonly (readonly [Map<string, number>, string])[] = seeker.client === undefined ? [[this.anyClient, '']] : [[this.byClient, `${seeker.client} `], [this.unknownClient, '']]
    const families = seeker.family === 0 ? [4, 6, 0] : [seeker.family, 0]
    return tables.some(([table, prefix]) => families.some(family => (table.get(`${prefix}${name} ${family}`) ?? -Infinity) >= seeker.at))
  }
}
