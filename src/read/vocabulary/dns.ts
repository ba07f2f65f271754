/** DNS numbers and the mnemonics of the IANA registry, which is how events spell types, classes, codes and operations. */

// IANA "Resource Record (RR) TYPEs"; 255 is `*` there and ANY in every tool
const TYPES = `1 A 2 NS 3 MD 4 MF 5 CNAME 6 SOA 7 MB 8 MG 9 MR 10 NULL 11 WKS 12 PTR 13 HINFO 14 MINFO 15 MX 16 TXT 17 RP 18 AFSDB 19 X25 20 ISDN
21 RT 22 NSAP 23 NSAP-PTR 24 SIG 25 KEY 26 PX 27 GPOS 28 AAAA 29 LOC 30 NXT 31 EID 32 NIMLOC 33 SRV 34 ATMA 35 NAPTR 36 KX 37 CERT 38 A6 39 DNAME
40 SINK 41 OPT 42 APL 43 DS 44 SSHFP 45 IPSECKEY 46 RRSIG 47 NSEC 48 DNSKEY 49 DHCID 50 NSEC3 51 NSEC3PARAM 52 TLSA 53 SMIMEA 55 HIP 56 NINFO
57 RKEY 58 TALINK 59 CDS 60 CDNSKEY 61 OPENPGPKEY 62 CSYNC 63 ZONEMD 64 SVCB 65 HTTPS 66 DSYNC 67 HHIT 68 BRID 99 SPF 100 UINFO 101 UID 102 GID
103 UNSPEC 104 NID 105 L32 106 L64 107 LP 108 EUI48 109 EUI64 128 NXNAME 249 TKEY 250 TSIG 251 IXFR 252 AXFR 253 MAILB 254 MAILA 255 ANY 256 URI
257 CAA 258 AVC 259 DOA 260 AMTRELAY 261 RESINFO 262 WALLET 263 CLA 264 IPN 32768 TA 32769 DLV`
// IANA "DNS RCODEs"
const RCODES = `0 NOERROR 1 FORMERR 2 SERVFAIL 3 NXDOMAIN 4 NOTIMP 5 REFUSED 6 YXDOMAIN 7 YXRRSET 8 NXRRSET 9 NOTAUTH 10 NOTZONE 11 DSOTYPENI
16 BADVERS 17 BADKEY 18 BADTIME 19 BADMODE 20 BADNAME 21 BADALG 22 BADTRUNC 23 BADCOOKIE`
const CLASSES = '1 IN 3 CH 4 HS 254 NONE 255 ANY'
const OPCODES = '0 QUERY 1 IQUERY 2 STATUS 4 NOTIFY 5 UPDATE 6 DSO'

function tableOf(text: string): ReadonlyMap<number, string> {
  const words = text.split(/\s+/)
  const table = new Map<number, string>()
  for (let i = 0; i + 1 < words.length; i += 2) table.set(Number(words[i]), words[i + 1]!)
  return table
}

const TYPE_NAMES = tableOf(TYPES)
const TYPE_NUMBERS: ReadonlyMap<string, number> = new Map([...[...TYPE_NAMES].map(([number, name]): [string, number] => [name, number]), ['*', 255]])
const RCODE_NAMES = tableOf(RCODES)
const CLASS_NAMES = tableOf(CLASSES)
const OPCODE_NAMES = tableOf(OPCODES)

/** The mnemonic of a record type, or `TYPEnnn` (RFC 3597) where it has none: 1 → `A`, 65 → `HTTPS`, 65280 → `TYPE65280`. */
export function dnsTypeName(type: number): string {
  return TYPE_NAMES.get(type) ?? `TYPE${type}`
}

/** The number of a record type named in any case, `TYPEnnn` and `*` included; undefined for a word that is no type. */
export function dnsTypeNumber(name: string): number | undefined {
  const upper = name.toUpperCase()
  const known = TYPE_NUMBERS.get(upper)
  if (known !== undefined) return known
  const number = /^TYPE(\d{1,5})$/.exec(upper)
  return number && Number(number[1]) <= 65535 ? Number(number[1]) : undefined
}

/** The mnemonic of a response code, or `RCODEnn`: 3 → `NXDOMAIN`, 12 → `RCODE12`. */
export function rcodeName(code: number): string {
  return RCODE_NAMES.get(code) ?? `RCODE${code}`
}

/** The mnemonic of a class, or `CLASSnnn` (RFC 3597): 1 → `IN`. */
export function dnsClassName(number: number): string {
  return CLASS_NAMES.get(number) ?? `CLASS${number}`
}

/** The mnemonic of an operation, or `OPCODEn`: 0 → `QUERY`. */
export function opcodeName(code: number): string {
  return OPCODE_NAMES.get(code) ?? `OPCODE${code}`
}

/**
 * A name as the wire holds it, made printable as BIND prints it: blanks, control characters, colons and brackets become `\DDD`.
 * Captures print such bytes raw, and a name with a blank in it would be taken for no name at all.
 */
export function printableName(name: string): string {
  if (name.length > 1024) return name // no name is as long, and the seam drops it
  // oxlint-disable-next-line no-control-regex -- control characters are what this looks for
  return /[\0-\x20\x7f:[\]]/.test(name) ? name.replace(/[\0-\x20\x7f:[\]]/g, char => `\\${String(char.charCodeAt(0)).padStart(3, '0')}`) : name
}

const FLAG_BITS: readonly (readonly [number, string])[] = [[0x0400, 'AA'], [0x0200, 'TC'], [0x0100, 'RD'], [0x0080, 'RA'], [0x0020, 'AD'], [0x0010, 'CD']]

/** The flags set in a message's second 16 bits, in wire order: 0x8180 → `['RD', 'RA']`. */
export function headerFlags(word: number): string[] {
  return FLAG_BITS.filter(([bit]) => (word & bit) !== 0).map(([, name]) => name)
}
