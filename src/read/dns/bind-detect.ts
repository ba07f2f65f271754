/** How BIND's logs are known, and a pure query log told from one with answers and errors in it. */
import { shareOf, type Head } from '../parser.js'
import { cutBind, readBindClient } from './bind.js'
import { readFetch, readFormatError, readResolverTrouble } from './bind-errors.js'
import { kindOfMessage } from './bind-reader.js'

/** Lines of the head that tell of queries, lines that tell of answers or errors, and the share of all that BIND wrote. */
export function bindShares(head: Head): { queries: number, remarks: number, share: number } {
  let queries = 0
  let remarks = 0
  const share = shareOf(head, line => {
    const cut = cutBind(line)
    if (!cut) return false
    const client = readBindClient(cut.rest)
    const kind = client ? kindOfMessage(client.message) : 'other'
    if (kind === 'query') queries++
    else if (kind !== 'other' || (!client && (readResolverTrouble(cut.rest) ?? readFormatError(cut.rest) ?? readFetch(cut.rest)))) remarks++
    else return cut.stamp !== undefined && (cut.category !== undefined || cut.level !== undefined || client !== undefined)
    return true
  })
  return { queries, remarks, share }
}
