/** What the first bytes of an input say about it. */
export interface Sniffed {
  /** brotli has no mark of its own, so it is never said here */
  readonly compression: 'none' | 'gzip' | 'zstd'
  readonly encoding: 'utf8' | 'utf16le' | 'utf16be'
  /** what it is, as a noun phrase with advice, when it is not text; absent for text and for what is compressed */
  readonly binary?: string
}

const CAPTURE = 'a packet capture; use tshark -T fields or tshark -T ek and give its output'

// longest reach: a tar archive says so at byte 257
const MARKS: readonly (readonly [at: number, hex: string, what: string])[] = [
  [0, 'd4c3b2a1', CAPTURE], [0, 'a1b2c3d4', CAPTURE], [0, '4d3cb2a1', CAPTURE], [0, 'a1b23c4d', CAPTURE], [0, '0a0d0d0a', CAPTURE],
  [0, 'fd377a585a00', 'xz-compressed; give the output of xz -dc'],
  // behind `BZh` and the block size
  [4, '314159265359', 'bzip2-compressed; give the output of bzip2 -dc'],
  [0, '04224d18', 'lz4-compressed; give the output of lz4 -dc'],
  [0, '504b0304', 'a zip archive; unpack it first'],
  [257, '757374617200', 'a tar archive; unpack it first'], [257, '7573746172202000', 'a tar archive; unpack it first'],
  [0, '7f454c46', 'an ELF program'],
  [0, '89504e47', 'a PNG image'],
  [0, '53514c69746520666f726d6174203300', 'an SQLite database'],
  [0, '4c504b5348485248', 'a systemd journal; use journalctl --file FILE -o short-iso-precise'],
]

/** The bytes of `isControl`, NUL included. */
const CONTROL = /[\0-\x07\x0e-\x1a\x1c-\x1f\x7f]/
const SAMPLE_BYTES = 4096
const MIN_HOLE_BYTES = 8
// shares of a sample: with controls above the first it is no text; a text in an old 8-bit encoding has many
// bytes that are not UTF-8 but hardly a control, packed data has both
const MAX_CONTROL_SHARE = 0.3
const PACKED_CONTROL_SHARE = 0.02
const PACKED_INVALID_SHARE = 0.15

/**
 * Takes the first bytes of an input (4 KiB are looked at; fewer will do) and says how it is compressed, how
 * encoded, and whether it is no text at all. Runs of NUL, which a crash leaves in a log, do not count against
 * text, nor do lines in an old 8-bit encoding. Pure; refuses nothing.
 */
export function sniff(firstBytes: Uint8Array): Sniffed {
  const sample = Buffer.from(firstBytes.buffer, firstBytes.byteOffset, Math.min(firstBytes.byteLength, SAMPLE_BYTES))
  const compression = compressionOf(sample)
  if (compression !== 'none') return { compression, encoding: 'utf8' }
  const encoding = encodingOf(sample)
  if (encoding !== 'utf8') return { compression, encoding }
  const binary = markOf(sample) ?? (isPacked(sample) ? 'binary data' : undefined)
  return binary === undefined ? { compression, encoding } : { compression, encoding, binary }
}

/** True when every byte of the first 4 KiB is one that UTF-8 text has: no controls, no broken character. */
export function isPlainText(firstBytes: Uint8Array): boolean {
  const sample = Buffer.from(firstBytes.buffer, firstBytes.byteOffset, Math.min(firstBytes.byteLength, SAMPLE_BYTES))
  const { controls, holes, invalid } = countOddBytes(sample)
  return controls === 0 && holes === 0 && invalid <= (sample.length === SAMPLE_BYTES ? 1 : 0)
}

function compressionOf(sample: Buffer): Sniffed['compression'] {
  if (sample[0] === 0x1f && sample[1] === 0x8b) return 'gzip'
  return isZstd(sample) ? 'zstd' : 'none'
}

// a frame, or a skippable frame, which parallel compressors put first
function isZstd(sample: Buffer): boolean {
  const mark = sample.length < 4 ? 0 : sample.readUInt32LE(0)
  return mark === 0xfd2fb528 || (mark >= 0x184d2a50 && mark <= 0x184d2a5f)
}

function encodingOf(sample: Buffer): Sniffed['encoding'] {
  if (sample[0] === 0xff && sample[1] === 0xfe) return 'utf16le'
  if (sample[0] === 0xfe && sample[1] === 0xff) return 'utf16be'
  return unmarkedEncodingOf(sample)
}

// without a mark: western text has a NUL in every second byte, and only there
function unmarkedEncodingOf(sample: Buffer): Sniffed['encoding'] {
  if (!sample.includes(0)) return 'utf8'
  const nuls = [0, 0]
  for (let at = 0; at < sample.length; at++) if (sample[at] === 0) nuls[at % 2]!++
  const [even, odd] = nuls as [number, number]
  if (sample.length < 16 || even + odd < sample.length * 0.4) return 'utf8'
  if (even === 0) return 'utf16le'
  return odd === 0 ? 'utf16be' : 'utf8'
}

function markOf(sample: Buffer): string | undefined {
  return MARKS.find(([at, hex]) => sample.subarray(at, at + hex.length / 2).toString('hex') === hex)?.[2]
}

function isPacked(sample: Buffer): boolean {
  if (!hasControls(sample)) return false
  const { controls, holes, invalid } = countOddBytes(sample)
  const counted = sample.length - holes
  if (controls > counted * MAX_CONTROL_SHARE) return true
  return controls > counted * PACKED_CONTROL_SHARE && invalid > counted * PACKED_INVALID_SHARE
}

function countOddBytes(sample: Buffer): { controls: number, holes: number, invalid: number } {
  let controls = 0
  let holes = 0
  for (let at = 0; at < sample.length;) {
    const run = sample[at] === 0 ? nulRun(sample, at) : 0
    if (run >= MIN_HOLE_BYTES) holes += run
    else controls += run > 0 ? run : isControl(sample[at]!) ? 1 : 0
    at += Math.max(run, 1)
  }
  return { controls, holes, invalid: sample.toString('utf8').split('\ufffd').length - 1 }
}

function nulRun(sample: Buffer, start: number): number {
  let end = start
  while (sample[end] === 0) end++
  return end - start
}

// at start-up no loop over bytes is compiled yet, and a search for a pattern is
const hasControls = (sample: Buffer): boolean => CONTROL.test(sample.toString('latin1'))

// backspace to CR are layout, ESC is colour
function isControl(byte: number): boolean {
  return (byte < 32 && !(byte >= 8 && byte <= 13) && byte !== 27) || byte === 127
}
