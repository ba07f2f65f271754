/** Goroutine dumps (SIGQUIT, a fatal error, a panic): which goroutine waits for what. */
import type { Draft } from '../parser.js'

/** What a goroutine was seen to wait for. `getConn` waits for a connection that other goroutines are making. */
type Waits = 'dns' | 'connect' | 'tls' | 'headers' | 'body' | 'vcs' | 'lock' | 'getConn'

/** Frames that tell a wait, the deepest phase first; Go 1.27 moved HTTP/2 into a package of its own, x/net has always had one. */
const FRAMES: readonly (readonly [RegExp, Waits])[] = [
  [/^net\.\(\*Resolver\)\.(?:exchange|tryOneName)\(|^net\.(?:_C2?func_getaddrinfo|_C_getaddrinfo|_C2?func_getnameinfo|_C_res_nsearch|cgoLookup(?:HostIP|IPCNAME)|\(\*Resolver\)\.lookupIPAddr)\(/, 'dns'],
  [/^net\.\(\*netFD\)\.connect\(/, 'connect'],
  [/^crypto\/tls\.\(\*Conn\)\.(?:clientHandshake|serverHandshake)\(|^net\/http\.\(\*persistConn\)\.addTLS\(/, 'tls'],
  [/^net\/http\.\(\*?http2transportResponseBody\)\.Read|^net\/http\.http2transportResponseBody\.Read|^net\/http\.\(\*http2pipe\)\.Read|http2\.transportResponseBody\.Read|http2\.\(\*pipe\)\.Read|^net\/http\.\(\*bodyEOFSignal\)\.Read/, 'body'],
  [/^net\/http\.\(\*http2ClientConn\)\.RoundTrip\(|http2\.\(\*ClientConn\)\.(?:RoundTrip|roundTrip)\(|^net\/http\.\(\*persistConn\)\.roundTrip\(/, 'headers'],
  [/^os\/exec\.\(\*Cmd\)\.Wait\(/, 'vcs'],
  [/^cmd\/go\/internal\/lockedfile\/internal\/filelock\.lock\(|^cmd\/go\/internal\/lockedfile\.\(\*Mutex\)\.Lock\(/, 'lock'],
  [/^net\/http\.\(\*Transport\)\.getConn\(/, 'getConn'],
]

const ARTIFACTS: Readonly<Record<string, 'zip' | 'mod' | 'info' | 'list' | 'latest'>> = { Zip: 'zip', GoMod: 'mod', Stat: 'info', Versions: 'list', Latest: 'latest' }

const HEADER = /^goroutine (\d{1,12})(?: gp=\S+(?: m=\S+)?(?: mp=\S+)?)? \[([^\]]{1,200})\]:/

/** The first line of one goroutine of a dump. */
export function goroutineOf(text: string): { id: number, state: string, waitMin?: number } | undefined {
  const match = text.startsWith('goroutine ') ? HEADER.exec(text) : null
  if (!match) return undefined
  const [state, ...more] = match[2]!.split(', ')
  const minutes = more.map(part => /^(\d{1,9}) minutes?$/.exec(part)?.[1]).find(found => found !== undefined)
  return { id: Number(match[1]), state: state!, ...(minutes === undefined ? {} : { waitMin: Number(minutes) }) }
}

/** One goroutine, frame by frame. */
export class Goroutine {
  waits: Waits | undefined
  private frame = ''
  private op: 'zip' | 'mod' | 'info' | 'list' | 'latest' | 'vcs' | undefined
  constructor(readonly line: number, private readonly head: { id: number, state: string, waitMin?: number }, readonly draft: Draft) {}

  /** A function's line: `net/http.(*Transport).getConn(0xe30c40, …)`. */
  call(text: string): void {
    if (this.waits === undefined || this.waits === 'getConn') {
      const found = FRAMES.find(([shape]) => shape.test(text))
      if (found && this.fits(found[1])) {
        this.waits = found[1]
        this.frame = text.slice(0, text.indexOf('(', text.lastIndexOf('.') > 0 ? text.lastIndexOf(').') + 1 : 0))
      }
    }
    const artifact = /^cmd\/go\/internal\/modfetch\.\(\*(?:proxyRepo|codeRepo|cachingRepo)\)\.(\w{1,20})/.exec(text)?.[1]
    if (artifact !== undefined) this.op ??= ARTIFACTS[artifact]
  }

  /** A frame tells a wait only in the state that goes with it: a goroutine that runs there waits for nothing. */
  private fits(waits: Waits): boolean {
    const { state } = this.head
    if (state === 'running' || state === 'runnable') return false
    return waits !== 'vcs' || state === 'syscall' || state === 'chan receive' || state === 'IO wait' || state === 'select'
  }

  /** Its event, if it waits for something; `making` is what the goroutines that make a connection wait for. */
  event(making: string | undefined): Draft | undefined {
    const stage = this.waits === 'getConn' ? making : this.waits
    if (stage === undefined) return undefined
    const { id, state, waitMin } = this.head
    const op = this.op ?? (this.waits === 'vcs' ? 'vcs' : undefined)
    return {
      ...this.draft, line: this.line, message: `goroutine ${id} [${state}]: ${this.frame}`,
      go: { stage, ...(op === undefined ? {} : { module: { op } }), goroutine: { id, state, ...(waitMin === undefined ? {} : { wait_min: waitMin }) } },
    }
  }
}

const REGISTER = /^(?:r(?:[abcd]x|[sd]i|[bs]p|ip|flags|\d{1,2})|[cdefgs]s|e(?:[abcd]x|[sd]i|[bs]p|ip|flags)|lr|sp|pc|fault|cpsr|trap|error|oldmask|[fgst]\d|x\d{1,2}|psr|hi|lo|link|ctr|xer|cr) +0x[0-9a-f]+$/
const SURROUND = [
  /^SIG[A-Z]{2,10}: /, /^PC=0x[0-9a-f]+ m=/, /^signal arrived during /, /^panic: /, /^fatal error: /, /^\[signal /, /^exit status \d+$/, /^-----$/, /^runtime stack:$/, /^created by /,
  /^goroutine running on other thread/, /^\.\.\.\d+ frames elided\.\.\.$/, /^\.\.\.additional frames elided\.\.\.$/, /^m=\d+ sigcode=/, /^instruction bytes:/, /^\[originating from goroutine/,
]

/** A line around the goroutines of a dump. */
export const isSurround = (text: string): boolean => REGISTER.test(text) || SURROUND.some(shape => shape.test(text))

/** `	/usr/lib/go/src/net/http/transport.go:540 +0x38a fp=…`, below the line of its function. */
export const isPlace = (text: string): boolean => /^\t\S.{0,1000}:\d{1,7}(?: \+0x[0-9a-f]+)?(?: fp=0x[0-9a-f]+ sp=0x[0-9a-f]+ pc=0x[0-9a-f]+)?$/.test(text)

/** `net/http.(*Transport).dial(…)`: a package path, a name, arguments. */
export const isCall = (text: string): boolean => text.endsWith(')') && /^[\w./@~%-]{1,300}\.[\w.()*[\]…·~,-]{1,300}\(/.test(text)
