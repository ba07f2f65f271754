/** The `Cache-Status` response header of RFC 9211. */
import type { Draft } from '../parser.js'

type Cache = NonNullable<NonNullable<Draft['cdn']>['cache']>

const FORWARDED: Readonly<Record<string, NonNullable<Cache['status']>>> = {
  'uri-miss': 'miss', 'vary-miss': 'miss', miss: 'miss', partial: 'miss', stale: 'expired', request: 'bypass', method: 'bypass', bypass: 'bypass',
}

/** Cuts at commas and semicolons outside of quotes. */
function cut(text: string, separator: string): string[] {
  const parts: string[] = []
  let from = 0
  let quoted = false
  for (let at = 0; at < text.length; at++) {
    const char = text[at]
    if (char === '\\' && quoted) at++
    else if (char === '"') quoted = !quoted
    else if (char === separator && !quoted) {
      parts.push(text.slice(from, at))
      from = at + 1
    }
  }
  parts.push(text.slice(from))
  return parts.map(part => part.trim())
}

const bare = (text: string): string => text.startsWith('"') ? text.slice(1, -1) : text

/** Puts what a `Cache-Status` header says on the draft; of several caches the one nearest the client, which is the last, speaks. */
export function putCacheStatus(draft: Draft, header: string): void {
  const member = cut(header, ',').at(-1)
  const [name = '', ...parameters] = cut(member ?? '', ';')
  if (name === '' || parameters.length === 0) return
  const values = new Map(parameters.map(parameter => {
    const equals = parameter.indexOf('=')
    return equals === -1 ? [parameter, 'true'] as const : [parameter.slice(0, equals), bare(parameter.slice(equals + 1))] as const
  }))
  const cache: Cache = { ...draft.cdn?.cache, raw: header }
  const fwd = values.get('fwd')
  if (values.has('hit')) cache.status = 'hit'
  else if (fwd !== undefined) cache.status = fwd === 'stale' && values.get('fwd-status') === '304' ? 'revalidated' : FORWARDED[fwd] ?? 'unknown'
  if (fwd !== undefined) cache.fwd = fwd
  const ttl = Number(values.get('ttl'))
  if (values.has('ttl') && Number.isFinite(ttl)) cache.ttl_s = ttl
  const key = values.get('key')
  if (key !== undefined) cache.key = key
  if (cache.status !== undefined) (draft.cdn ??= {}).cache = cache
}
