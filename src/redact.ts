/**
 * Takes secrets out of what logs carry: user names and passwords in URLs, secret query and form parameters, credentials in
 * headers, bearer and basic tokens, JSON Web Tokens. Every function gives a clean text back unchanged, gives the same again
 * for its own result, and takes time linear in the length: loops over indexOf, or patterns whose runs cannot overlap.
 */

const REDACTED = 'REDACTED'
const MAX_NAME = 64
/** What stands before a query parameter in a text: a separator, an opening quote, or the end of `%26`, `%3F`, `%3B`. */
const QUERY_START = '?&;"6FfBb'

/** Parts of names that give a secret away wherever they stand in a parameter's name. */
const STEM = /token|secret|passw|credentials?$|api.?key|access.?key|private.?key|x-(?:amz|goog)-signature|authori[sz]ation$|sess(?:ion)?.?id|passphrase|jwt|hmac|bearer|hdn(?:ts|ea|tl)|assertion|samlresponse|(?:^|[^a-z0-9])(?:pwd|passw?d?|pw|creds?)(?=$|[^a-z0-9])/i
/** Words and names that are secrets in a query or form, but mean other things elsewhere (alerts and DNS records have signatures). */
const IN_QUERY = /signature|(?:^|[^a-z0-9])(?:key|sig|auth)(?=$|[^a-z0-9])|^(?:sign|session|sid|code|otp|ticket|policy|key-pair-id|__gda__)$/i
/** Names with a secret's word in them that hold none. */
const HARMLESS = /^(?:(?:sort|cache|partition|primary|foreign|row|public)[_.-]?key|max[_-]?tokens?|.*token[_-]?(?:type|url|endpoint)|key[_-]?(?:type|size|usage|share|exchange)|auth[_-]?(?:type|method|mode)|sig[_-]?alg(?:orithm)?s?|signature[_-]?(?:alg|algorithm|method|version)s?)$/i
const HEADER = /^(?:(?:proxy-)?authorization|(?:set-)?cookie2?|.*(?:api-?key|auth-?key|access-?key|token|secret|password|credentials?|session-?id)|x-auth.*|x-(?:goog-iap-jwt-assertion|amzn-oidc-data|amzn-oidc-identity)|cf-access-jwt-assertion|x-forwarded-client-cert)$/i

/** Whether a text without `@` can hold anything to redact. */
const SUSPECT = /eyJ|token|secret|pass|pwd|pw=|signature|credential|key|auth|sess|sid|sign?=|sig[^a-z]|jwt|hmac|bearer|basic|cookie|client-cert|hdn|code|policy|ticket|assertion|saml|otp|creds?=|__gda__|gh[opsu]_|github_pat_|glpat-|xox[abp]-/i
/** Three characters of each alternative of SUSPECT, at least one of which any match holds. */
const TRIGRAMS = 'eyj oke cre pas pwd pw= gna key aut ses sid gn= sig jwt hma bea asi oki t-c hdn cod icy cke rti sam otp gda gho ghp ghs ghu _pa glp xox'
const trigrams = new Uint8Array(32_768)
for (const three of TRIGRAMS.split(' ')) trigrams[[...three].reduce((hash, char) => (hash << 5) | (char.charCodeAt(0) & 31), 0)] = 1

/** SUSPECT.test, with a scan before it that costs a nanosecond a character and lets most clean texts go. */
function isSuspect(text: string): boolean {
  let hash = 0
  for (let at = 0; at < text.length; at += 1) {
    hash = ((hash << 5) | (text.charCodeAt(at) & 31)) & 32_767
    if (trigrams[hash] === 1) return SUSPECT.test(text)
  }
  return false
}

function isSecretName(name: string, inQuery: boolean): boolean {
  const plain = name.includes('%') ? name.replace(/%[0-9a-f]{2}/gi, '.') : name
  const spaced = plain.replace(/([a-z0-9])([A-Z])/g, '$1_$2')
  return (STEM.test(spaced) || STEM.test(plain) || (inQuery && IN_QUERY.test(spaced))) && !HARMLESS.test(plain)
}

/** Takes the query of a URL, with or without its `?`; values of parameters whose names look secret become REDACTED. */
export function redactUrlQuery(query: string): string {
  const clean = redactUserinfo(query)
  return isSuspect(clean) ? redactTokens(redactPairs(clean, '=', true)) : clean
}

/** Takes a URL or a text with URLs; `user:password@` and `user@` before a host become `REDACTED@`, percent-encoded ones too. */
export function redactUserinfo(url: string): string {
  // A run ends at the slash with which the next could begin, so each character is looked at once.
  const clean = url.indexOf('@') < 0 ? url : url.replace(/:\/\/[^\s/?#"'<>\\]*@/g, `://${REDACTED}@`)
  if (clean.indexOf('%40') < 0) return clean
  return clean.replace(/%3A%2F%2F(?:(?!%2F|%3F|%23|%26)[^\s/?#&"'<>])*%40/gi, `%3A%2F%2F${REDACTED}%40`)
}

/** Takes headers by name; values of those that carry credentials become REDACTED, other values go through redactText. Gives the same object when nothing changed. */
export function redactHeaders<Value extends string | string[]>(headers: Record<string, Value>): Record<string, Value> {
  let changed = false
  const entries = Object.entries(headers).map(([name, value]) => {
    const redact = HEADER.test(name) ? (text: string): string => (isNothing(text, 0, text.length) ? text : REDACTED) : redactText
    const clean = (Array.isArray(value) ? value.map((item) => redact(item)) : redact(value)) as Value
    changed ||= String(clean) !== String(value)
    return [name, clean] as const
  })
  // fromEntries, because a header called __proto__ must stay data.
  return changed ? Object.fromEntries(entries) : headers
}

/** Takes any text of a log (a line, a message, a path, a form body); everything this module knows as secret becomes REDACTED. */
export function redactText(text: string): string {
  let clean = redactUserinfo(text)
  if (!isSuspect(clean)) return clean
  if (clean.indexOf(':') >= 0 || clean.indexOf('" = "') >= 0) clean = redactHeaderText(clean)
  if (clean.indexOf('=') >= 0) clean = redactPairs(clean, '=', false)
  if (clean.indexOf('%3') >= 0) clean = redactPairs(redactPairs(clean, '%3D', false), '%3d', false)
  return redactTokens(clean)
}

/** `name=value`, found by its equals sign: the name lies at most 64 characters before it. */
function redactPairs(text: string, equals: string, inQuery: boolean): string {
  let result = ''
  let done = 0
  for (let at = text.indexOf(equals); at >= 0; at = text.indexOf(equals, at + 1)) {
    if (at < done) continue
    const from = at + equals.length
    const start = nameStart(text, at, done)
    if (!isSecretName(text.slice(start, at), inQuery || QUERY_START.includes(text.charAt(start - 1) || ' '))) continue
    const end = valueEnd(text, from, equals !== '=', inQuery)
    if (isNothing(text, from, end)) continue
    const quote = isQuote(text.charCodeAt(from)) && !inQuery ? 1 : 0
    result += text.slice(done, from + quote) + REDACTED
    done = end
  }
  return done === 0 ? text : result + text.slice(done)
}

function nameStart(text: string, equals: number, floor: number): number {
  const lowest = Math.max(floor, equals - MAX_NAME)
  let at = equals
  while (at > lowest && isNameChar(text.charCodeAt(at - 1))) at -= 1
  const name = text.slice(at, equals)
  const encoded = name.indexOf('%') < 0 ? -1 : name.search(/%(?:26|3F|3B|23|3D)(?!.*%(?:26|3F|3B|23|3D))/i)
  return encoded < 0 ? at : at + encoded + 3
}

/** Whether a value is empty or a placeholder such as `-`, which must go on meaning that there was none. */
function isNothing(text: string, from: number, end: number): boolean {
  return end <= from || (end - from <= 3 && !/[a-z0-9]/i.test(text.slice(from, end)))
}

function isNameChar(code: number): boolean {
  const lower = code | 32
  // $ % - . [ ] _ beside letters and digits
  return (lower >= 97 && lower <= 122) || (code >= 48 && code <= 57) || code === 36 || code === 37 || code === 45 || code === 46 || code === 91 || code === 93 || code === 95
}

const isQuote = (code: number): boolean => code === 34 || code === 39

function valueEnd(text: string, from: number, encoded: boolean, inQuery: boolean): number {
  if (inQuery) return endBefore(text, from, /[&#\s]/g)
  const quote = text.charCodeAt(from)
  if (isQuote(quote)) {
    const close = text.indexOf(text.charAt(from), from + 1)
    return close < 0 ? text.length : close
  }
  let end = endBefore(text, from, encoded ? /%26|%23|[&#\s"'<>\\]/g : /[&#\s"'<>\\]/g)
  // Brackets and commas close a list around the value more often than they end the value itself.
  while (end > from && ',;)}]|'.includes(text.charAt(end - 1))) end -= 1
  return end
}

function endBefore(text: string, from: number, stop: RegExp): number {
  stop.lastIndex = from
  return stop.exec(text)?.index ?? text.length
}

const QUOTED_PAIR = /(\\?")([\w.-]{1,64})\1\s?[:=]\s?((?:\[\s?)?\\?"|\[)/g
const HEADER_LINE = /(?<![\w-])([A-Za-z][\w-]{2,63}): ?/g

/** `"name" = "value"` of http2debug and JSON, and `name: value` of curl, to the end of the quotes or the line. */
function redactHeaderText(text: string): string {
  const quoted = redactFound(text, QUOTED_PAIR, (found, from) => {
    const name = found[2] ?? ''
    return HEADER.test(name) || isSecretName(name, false) ? quotedEnd(text, from, found[3] ?? '"') : from
  })
  return redactFound(quoted, HEADER_LINE, (found, from) => {
    const name = found[1] ?? ''
    // One word and a colon is prose ("invalid token: unexpected end") unless the word is a header's whole name.
    const header = /^(?:(?:proxy-)?authorization|(?:set-)?cookie|password|passwd)$/i.test(name) || (name.includes('-') && HEADER.test(name))
    return header ? lineEnd(quoted, from, quoted.charAt(found.index - 1)) : from
  })
}

function redactFound(text: string, pattern: RegExp, endOf: (found: RegExpExecArray, from: number) => number): string {
  let result = ''
  let done = 0
  pattern.lastIndex = 0
  for (let found = pattern.exec(text); found !== null; found = pattern.exec(text)) {
    const from = pattern.lastIndex
    const end = endOf(found, from)
    if (isNothing(text, from, end)) continue
    result += text.slice(done, from) + REDACTED
    done = end
    pattern.lastIndex = end
  }
  return done === 0 ? text : result + text.slice(done)
}

function quotedEnd(text: string, from: number, opening: string): number {
  if (opening.startsWith('[')) return endBefore(text, from, opening === '[' ? /\]/g : /\\?"\s*\]/g)
  const escaped = opening.startsWith('\\')
  for (let at = from; at < text.length; at += 1) {
    const code = text.charCodeAt(at)
    if (code === 34 || (escaped && code === 92 && text.charCodeAt(at + 1) === 34)) return at
    if (code === 92) at += 1
  }
  return text.length
}

function lineEnd(text: string, from: number, before: string): number {
  const end = endBefore(text, from, /["\r\n]/g)
  return before === '[' && text.charAt(end - 1) === ']' ? end - 1 : end
}

function redactTokens(text: string): string {
  let clean = text
  if (clean.indexOf('eyJ') >= 0) clean = clean.replace(/eyJ[\w-]+(?:\.[\w-]*){0,4}/g, (run) => (/^[^.]{8,}\.[^.]{4,}/.test(run) ? REDACTED : run))
  clean = clean.replace(/\b(bearer|basic)(\s|%20|\+)([\w.~+/=-]{6,})/gi, (all, scheme: string, blank: string, value: string) =>
    looksSecret(scheme, value) ? scheme + blank + REDACTED : all)
  return clean.replace(/\b(?:gh[opsu]_|github_pat_|glpat-|xox[abp]-)[\w-]{10,}/g, REDACTED)
    .replace(/( auth using \w{1,20} with user )'[^']*'/g, `$1'${REDACTED}'`)
}

/** Tells credentials from prose such as "Basic authentication" and "bearer token". */
function looksSecret(scheme: string, value: string): boolean {
  if (value === REDACTED) return false
  if (scheme.length === 5) return Buffer.from(value, 'base64').includes(58)
  return value.length >= 20 || /\d/.test(value)
}
