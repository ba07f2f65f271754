/** What format a file of a corpus is said to be, and which parsers that means. */

/** nginx, Apache and LiteSpeed write the same combined line: nothing in it says whose it is, so either name is right. */
const COMBINED = ['nginx-access', 'apache-access', 'litespeed']

/** Folder names of a corpus that are no parser's id. An empty list is a format that is not ours: nobody may claim it. */
const FAMILIES = {
  'apache-access': COMBINED, 'nginx-access': COMBINED, litespeed: COMBINED,
  ats: ['ats-squid', 'ats-extended', 'ats-json', 'ats-error'],
  'aws-elb': ['aws-alb', 'aws-nlb', 'aws-elb-classic'],
  'aws-s3access': [],
  'bind-query': ['bind-query', 'bind-response'],
  cloudfront: ['cloudfront-standard', 'cloudfront-v2', 'cloudfront-realtime'],
  'curl-v': ['curl-verbose'], 'curl-w': ['curl-writeout'],
  dig: ['dig', 'kdig'],
  dnscollector: ['dns-collector-json', 'dns-collector-text'],
  'dnstap-protobuf': ['dnstap'],
  envoy: ['envoy', 'envoy-json'],
  'gcp-other': [],
  haproxy: ['haproxy-http', 'haproxy-tcp', 'haproxy-error', 'haproxy-json'],
  'iis-w3c': ['w3c-extended'],
  'nginx-json': ['nginx-json'],
  pihole: ['pihole', 'dnsmasq'],
  powerdns: ['powerdns-auth', 'powerdns-recursor'],
  'rsync-proxy': [],
  squid: ['squid-native', 'squid-combined'],
  'suricata-fast': [],
  varnish: ['varnishncsa'],
  'zeek-spec': ['zeek-conn', 'zeek-dns', 'zeek-http', 'zeek-quic', 'zeek-ssl', 'zeek-x509'],
}

/** The lab names its files; what a name stands for. The first that fits counts. */
const LAB = [
  [/capture\.pcap|sslkeylog|attacker-access|goproxy-origin\.log$|utf16-/, []],
  [/goproxy-origin|origin-(us|eu)|nginx-access\.log/, COMBINED],
  [/nginx-access\.json/, ['nginx-json']],
  [/mixed-nginx-and-bind/, [...COMBINED, 'bind-query']],
  [/bind-query/, ['bind-query']], [/unbound/, ['unbound']], [/dnsmasq/, ['dnsmasq']],
  [/nginx-error/, ['nginx-error']], [/nginx-stream-preread/, ['nginx-stream-preread']],
  [/haproxy/, FAMILIES.haproxy], [/varnishncsa/, ['varnishncsa']],
  [/ats-squid/, ['ats-squid']], [/ats-access\.json/, ['ats-json']], [/ats-error/, ['ats-error']],
  [/tshark-.*ek/, ['tshark-ek']], [/tshark-.*\.json/, ['tshark-json']], [/tshark-/, ['tshark-fields']],
  [/zeek-dns/, ['zeek-dns']], [/zeek-ssl/, ['zeek-ssl']],
  [/curl-.*stdout/, ['curl-writeout', 'curl-verbose']], [/curl-/, ['curl-verbose']],
  [/\/dig-/, ['dig']], [/netdns-.*stdout|h2client0/, []],
  [/\/(go|git|gocmd|h2|netdns|gctrace|sched|scav|sigquit)|\/go\/[A-F]-/, ['go-command', 'go-debug-trace', 'go-dump', 'go-gctrace', 'go-http-server', 'go-http2debug', 'go-httptrace', 'go-netdns', 'go-schedtrace']],
]

/** The parsers that a label of a corpus allows; undefined where the label means nothing to us. */
export function acceptedIds(label, ids) {
  if (label === undefined) return undefined
  if (FAMILIES[label]) return FAMILIES[label]
  if (ids.includes(label)) return [label]
  const kin = ids.filter(id => id.startsWith(`${label}-`))
  return kin.length > 0 ? kin : undefined
}

/** The parsers that the lab's own name of a file allows. */
export function acceptedInLab(path) {
  return LAB.find(([pattern]) => pattern.test(path))?.[1]
}

/** True for a folder name that means a format. */
export const isLabel = (name, ids) => acceptedIds(name, ids) !== undefined
