/** Protocol versions, from the many ways logs write them to ECS spelling. */

const MAX_KNOWN = 200

/** A reader of few words that remembers what each became. */
function remembering(read: (raw: string) => string | undefined): (raw: string) => string | undefined {
  const known = new Map<string, string | undefined>()
  return raw => {
    const value = known.get(raw)
    if (value !== undefined || known.has(raw)) return value
    const result = read(raw)
    if (known.size < MAX_KNOWN && raw.length < 32) known.set(` ${raw}`.slice(1), result)
    return result
  }
}

/** The HTTP versions a log may write, in ECS spelling. */
export const toHttpVersion = remembering(readHttpVersion)

function readHttpVersion(raw: string): string | undefined {
  const bare = raw.toLowerCase().replace(/^(?:https?\/?|h)/, '').replace(/-\d+$|^q/, '') // h3-29, hq
  const version = /^[23](?:\.0)?$/.test(bare) ? bare[0] : /^(?:0\.9|1\.[01])$/.test(bare) ? bare : undefined
  return version
}

const TLS_HEX: Readonly<Record<string, string>> = { '0x0304': '1.3', '0x0303': '1.2', '0x0302': '1.1', '0x0301': '1.0', '0x0300': 'ssl3', '0x0002': 'ssl2' }

/** The TLS versions a log may write (`TLSv1.3`, `TLSv13`, `TLS 1.2`, `tls1_2`, `0x0303`, `771`, `SSLv3`), in ECS spelling. */
export const toTlsVersion = remembering(readTlsVersion)

function readTlsVersion(raw: string): string | undefined {
  const low = raw.toLowerCase()
  if (low.startsWith('0x')) return TLS_HEX[low.length === 6 ? low : `0x${low.slice(2).padStart(4, '0')}`]
  const decimal = /^7(?:6[89]|7[0-2])$/.exec(low)
  if (decimal) return TLS_HEX[`0x0${Number(low).toString(16)}`]
  const ssl = /^ssl\s?v?([23])(?:\.0)?$/.exec(low)
  if (ssl) return `ssl${ssl[1]}`
  const match = /^(?:tls)?[\s_-]?v?1(?:[._]?([0-3]))?$/.exec(low)
  return match ? `1.${match[1] ?? '0'}` : undefined
}
