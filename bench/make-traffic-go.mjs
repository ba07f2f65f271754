// Traces of the go command in made-up builds: `go mod download -x`, stamped. Healthy builds, and the ways in which they fail.

const stamp = ms => new Date(ms).toISOString().replace('Z', '000Z')
const MODULES = ['example.org/lib/alpha', 'example.org/lib/beta', 'example.com/tools/lint', 'example.net/x/text', 'example.org/grpc/core', 'example.com/log/zap']

/** A build: fetches one after the other; `emit(at, words)` writes a stamped line. */
class Build {
  constructor(draw, emit, proxy, at) { Object.assign(this, { draw, emit, proxy, at }) }
  line(words) { this.emit(this.at, `${stamp(this.at)} ${words}`) }
  fetch(path, { status = '200 OK', ms = this.draw.around(25), error, proxy = this.proxy } = {}) {
    const url = `https://${proxy}/${path}`
    this.line(`# get ${url}`)
    this.at += ms
    this.line(error === undefined ? `# get ${url}: ${status} (${(ms / 1000).toFixed(3)}s)` : `# get ${url}: Get "${url}": ${error}`)
    this.at += this.draw.between(1, 20)
  }
  open(path) { this.line(`# get https://${this.proxy}/${path}`) }
  healthy(count) {
    for (let i = 0; i < count; i++) {
      const version = `v1.${this.draw.whole(9)}.${i}`
      const module = this.draw.pick(MODULES)
      for (const kind of ['info', 'mod', 'zip']) this.fetch(`${module}/@v/${version}.${kind}`)
    }
  }
}

/** What reads many versions of a module and takes one: the go command where it chooses a version, and tools that ask what is new. */
function choose(build, draw) {
  const module = draw.pick(MODULES)
  build.fetch(`${module}/@v/list`)
  for (let i = 0; i < 12 + draw.whole(12); i++) build.fetch(`${module}/@v/v1.${20 + i}.0.${draw.pick(['mod', 'info'])}`)
  build.fetch(`${module}/@v/v1.31.0.zip`)
}

/** type → what the trace of one build shows. */
export const GO_FAULTS = {
  'module-fetch-stall': (build, draw) => {
    const module = draw.pick(MODULES)
    build.healthy(3)
    const start = build.at
    const waitMs = draw.between(7000, 40_000)
    if (draw.chance(0.5)) build.fetch(`${module}/@v/v2.0.${draw.whole(99)}.zip`, { ms: waitMs })
    else {
      build.open(`${module}/@v/v2.0.1.zip`)
      build.at += waitMs
      build.healthy(1)
    }
    return { subject: `${module}`, start: start / 1000, end: build.at / 1000, wait_ms: waitMs }
  },
  'module-fetch-failure': (build, draw) => {
    const module = draw.pick(MODULES)
    const version = `v0.${draw.whole(9)}.${draw.whole(9)}`
    build.healthy(2)
    const start = build.at
    const kind = draw.pick(['no-such-host', 'refused', 'not-found', 'checksum', 'x509', 'forbidden'])
    const url = `https://${build.proxy}/${module}/@v/${version}.info`
    const error = { 'no-such-host': `dial tcp: lookup ${build.proxy} on 192.0.2.53:53: no such host`, refused: 'dial tcp 203.0.113.44:443: connect: connection refused', x509: 'tls: failed to verify certificate: x509: certificate signed by unknown authority' }[kind]
    const status = { 'not-found': '404 Not Found', forbidden: '403 Forbidden' }[kind]
    if (kind === 'checksum') {
      build.fetch(`${module}/@v/${version}.info`)
      build.fetch(`${module}/@v/${version}.zip`)
      for (const words of [`verifying ${module}@${version}: checksum mismatch`, '\tdownloaded: h1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=', '\tgo.sum:     h1:BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB=', '', 'SECURITY ERROR']) build.line(words)
    } else {
      build.fetch(`${module}/@v/${version}.info`, status ? { status, ms: 12 } : { error, ms: 40 })
      build.line(status ? `go: ${module}@${version}: reading ${url}: ${status}` : `go: ${module}@${version}: Get "${url}": ${error}`)
    }
    return { subject: module, start: start / 1000, end: build.at / 1000, cause: kind }
  },
  fragmentation: (build, draw) => {
    const module = `example.org/mono/${draw.pick(['core', 'proto', 'common'])}`
    build.healthy(2)
    const start = build.at
    const versions = 10 + draw.whole(20)
    for (let i = 0; i < versions; i++) for (const kind of ['info', 'mod', 'zip']) build.fetch(`${module}/@v/v1.${i}.${draw.whole(3)}${draw.chance(0.1) ? '-rc.1' : ''}.${kind}`)
    return { subject: module, start: start / 1000, end: build.at / 1000, versions, informational: true, finding_cause: 'fragmentation' }
  },
  'proxy-fallback': (build, draw) => {
    const second = `mirror${draw.whole(9)}.example.net`
    build.healthy(2)
    const start = build.at
    const dead = draw.chance(0.5)
    for (let i = 0; i < 2 + draw.whole(4); i++) for (const kind of ['info', 'mod', 'zip']) {
      const path = `${draw.pick(MODULES)}/v${i}/@v/v${i}.1.0.${kind}`
      build.fetch(path, dead ? { error: 'dial tcp 203.0.113.45:443: i/o timeout', ms: 4000 } : { status: '404 Not Found', ms: 15 })
      build.fetch(path, { proxy: second })
    }
    return { subject: build.proxy, start: start / 1000, end: build.at / 1000, cause: dead ? 'connect-timeout' : 'not-there', informational: !dead }
  },
}

/** Writes one trace per fault and `healthy` good ones; gives the truth. `emit(file, at, line)`. */
export function goTraces(world, types, emit, healthy = 2) {
  const { draw, start, durationS } = world
  const truth = []
  const open = (name, proxy) => new Build(draw, (at, words) => emit(`go-${name}.trace`, at, words), proxy, start + draw.between(0.05, 0.6) * durationS * 1000)
  for (let i = 0; i < healthy; i++) {
    const build = open(`good${i}`, `goproxy${i}.example.com`)
    build.healthy(6)
    choose(build, draw)
  }
  types.forEach((type, i) => truth.push({ type, ...GO_FAULTS[type](open(type, `${draw.pick(['proxy', 'goproxy', 'athens', 'mods'])}${i}.example.com`), draw) }))
  return truth
}
