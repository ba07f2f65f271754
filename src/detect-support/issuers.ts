/** Who signs certificates: issuers as the several logs write them, and which of them sign for everybody. */

/** An issuer. `key` is the same however a log writes it. */
export interface Issuer {
  readonly key: string
  readonly organization: string | undefined
  readonly commonName: string | undefined
  /** For people: the organisation, else the common name. */
  readonly short: string
  /** Both, as far as known. */
  readonly words: string
}

/**
 * Organisations of public CAs, by their beginnings in lower case: those of Mozilla's root program as Node carries it (`tls.rootCertificates`; a test
 * holds them against this list), and names under which such CAs sign or once signed. They sign unrelated names for everybody. What is missing can be
 * named by a threshold.
 */
const PUBLIC = [
  'let\'s encrypt', 'internet security research group', 'isrg', 'digicert', 'google trust services', 'google inc', 'sectigo', 'comodo', 'the usertrust network', 'usertrust', 'zerossl', 'amazon', 'globalsign', 'godaddy', 'starfield technologies', 'entrust',
  'affirmtrust', 'identrust', 'trustid', 'digital signature trust', 'microsoft corporation', 'microsoft tls', 'microsoft azure tls', 'apple inc', 'apple public', 'cloudflare', 'buypass', 'ssl corporation', 'ssl.com', 'actalis', 'unizeto', 'asseco data systems', 'certum',
  'quovadis', 'swisssign', 'hellenic academic', 'harica', 'taiwan-ca', 'twca', 'trustasia', 'wotrus', 'wosign', 'startcom', 'china financial certification', 'cfca', 'guang dong certificate authority', 'gdca', 'chunghwa telecom', 'secom trust', 'cybertrust', 'd-trust',
  'deutsche telekom', 't-systems', 'telesec', 'geant', 'gandi', 'network solutions', 'trustwave', 'securetrust', 'viking cloud', 'vikingcloud', 'dhimyotis', 'certigna', 'certainly', 'izenpe', 'fnmt', 'ac camerfirma', 'firmaprofesional', 'telia', 'naver', 'emudhra', 'emsign',
  'anf autoridad', 'disig', 'netlock', 'microsec', 'hongkong post', 'certsign', 'e-tugra', 'turkiye bilimsel', 'tubitak', 'unitrust', 'shanghai electronic certification', 'itruschina', 'vtrus', 'beijing certificate authority', 'bjca', 'geotrust', 'thawte', 'rapidssl', 'symantec',
  'verisign', 'baltimore', 'verizon', 'cpanel', 'encryption everywhere', 'nederland', 'kpn', 'staat der nederlanden', 'atos', 'commscope', 'oiste', 'wisekey', 'multicert', 'e-sign', 'soluti', 'krajowa izba', 'agence nationale', 'certinomis', 'sk id solutions', 'jprs',
  'japan registry services', 'securesign',
]

/** Products that sign in the place of servers: gateways, virus scanners and tools for debugging, by words of their issuer's name in lower case. What is missing here only lacks this one sign. */
const PRODUCTS = [
  'fortinet', 'fortigate', 'zscaler', 'blue coat', 'bluecoat', 'netskope', 'sophos', 'cyberoam', 'untangle', 'barracuda', 'check point', 'checkpoint', 'forcepoint', 'websense', 'ironport', 'cisco umbrella', 'sonicwall', 'watchguard', 'palo alto networks', 'webtitan', 'smoothwall',
  'kaspersky', 'avast', 'avg technologies', 'bitdefender', 'bullguard', 'dr.web', 'g data', 'eset ssl', 'eset, spol', 'net nanny', 'contentwatch', 'qustodio', 'cybersitter', 'adguard', 'superfish', 'komodia', 'cloudflare for teams', 'gateway ca - cloudflare', 'mitmproxy', 'portswigger', 'charles proxy', 'fiddler', 'do_not_trust', 'squid',
]

/** What OpenSSL's example configuration puts where nobody names an organisation: many CAs that have nothing to do with each other. */
const NO_ORGANIZATION = new Set(['internet widgits pty ltd', 'default company ltd'])

/** Cuts a distinguished name at its separators, which a backslash or quotes hide; a piece without a name belongs to the one before. */
function piecesOf(name: string, separator: string): string[] {
  const pieces: string[] = []
  let [piece, quoted] = ['', false]
  for (let at = 0; at < name.length; at++) {
    const letter = name[at]!
    if (letter === '\\' && at + 1 < name.length) piece += name[++at]!
    else if (letter === '"') quoted = !quoted
    else if (letter === separator && !quoted) {
      pieces.push(piece)
      piece = ''
    } else piece += letter
  }
  const whole: string[] = []
  for (const one of [...pieces, piece]) {
    if (/^\s*[A-Za-z][\w.]{0,40}\s*=/.test(one) || whole.length === 0) whole.push(one)
    else whole.push(`${whole.pop()!}${separator}${one}`)
  }
  return whole
}

/** Attributes of a distinguished name by their short names in upper case, the first of each; in any order, by `,` (Zeek, OpenSSL, Suricata), `;` (curl) or `/` (old OpenSSL). */
function attributesOf(name: string): Map<string, string> {
  const separator = name.startsWith('/') ? '/' : /;\s*[A-Za-z]+\s*=/.test(name) ? ';' : ','
  const attributes = new Map<string, string>()
  for (const piece of piecesOf(name.slice(0, 2000), separator)) {
    const equals = piece.indexOf('=')
    const key = piece.slice(0, equals).trim().toUpperCase()
    const value = piece.slice(equals + 1).trim()
    if (equals > 0 && value !== '' && !attributes.has(key)) attributes.set(key, value)
  }
  return attributes
}

const MAX_KNOWN = 10_000
const known = new Map<string, Issuer | undefined>()

/** Reads an issuer's distinguished name; undefined for one without organisation and common name. */
export function issuerOf(name: string): Issuer | undefined {
  if (known.has(name)) return known.get(name)
  const attributes = attributesOf(name)
  const [organization, commonName] = [attributes.get('O'), attributes.get('CN')]
  const isNamed = organization !== undefined && !NO_ORGANIZATION.has(organization.toLowerCase())
  // the several signing certificates of one CA are one issuer
  const key = isNamed ? `O=${organization.toLowerCase()}` : commonName === undefined ? undefined : `CN=${commonName.toLowerCase()}`
  const short = (isNamed ? organization : commonName) ?? ''
  const words = isNamed && commonName !== undefined ? `${organization} (${commonName})` : short
  const issuer = key === undefined ? undefined : { key, organization: isNamed ? organization : undefined, commonName, short, words }
  if (known.size >= MAX_KNOWN) known.clear()
  known.set(name, issuer)
  return issuer
}

/** Are two issuers surely not the same? Where one log leaves the organisation out, the common name decides. */
export function areStrangers(a: Issuer, b: Issuer): boolean {
  if (a.key === b.key) return false
  const isSame = (left: string | undefined, right: string | undefined): boolean => left !== undefined && right !== undefined && left.toLowerCase() === right.toLowerCase()
  return !((a.organization === undefined || b.organization === undefined) && isSame(a.commonName, b.commonName))
}

const namesOf = ({ organization, commonName }: Issuer): string[] => [organization, commonName].filter(one => one !== undefined).map(one => one.toLowerCase())

/** Does it sign for everybody? By the public CAs known here and `more` beginnings of organisations or common names. */
export function isPublicIssuer(issuer: Issuer, more: readonly string[] = []): boolean {
  const names = namesOf(issuer)
  const isAmong = (list: readonly string[]): boolean => list.some(one => names.some(name => name.startsWith(one.toLowerCase())))
  return isAmong(more) || (isAmong(PUBLIC) && !isInterceptor(issuer))
}

/** Is it known as one that signs in the place of servers? */
export function isInterceptor(issuer: Issuer): boolean {
  return namesOf(issuer).some(name => PRODUCTS.some(product => {
    const at = name.indexOf(product)
    return at === 0 || (at > 0 && !/[a-z0-9]/.test(name[at - 1]!))
  }))
}

/** The CA that Go names where its certificate fails to verify: a certificate of that name is known, but did not sign this one. Undefined for other words. */
export function issuerOfGoError(message: string | undefined): string | undefined {
  const match = message === undefined || !message.includes('candidate authority') ? null : /while trying to verify candidate authority certificate \\?"([^"\\]{1,200})\\?"/.exec(message)
  return match ? `CN=${match[1]!}` : undefined
}
