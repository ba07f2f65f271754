/** Every built-in parser, one line each; `logjoin/parsers`. */
import akamaiDatastream2 from './akamai-datastream2.js'
import alibabaCdn from './alibaba-cdn.js'
import alibabaRealtime from './alibaba-realtime.js'
import apacheAccess from './apache-access.js'
import awsAlb from './aws-alb.js'
import awsAlbConnection from './aws-alb-connection.js'
import awsElbClassic from './aws-elb-classic.js'
import awsElbJson from './aws-elb-json.js'
import awsNlb from './aws-nlb.js'
import azureAppgw from './azure-appgw.js'
import azureCdn from './azure-cdn.js'
import azureChinaCdn from './azure-china-cdn.js'
import azureFrontdoor from './azure-frontdoor.js'
import bindQuery from './bind-query.js'
import bindResponse from './bind-response.js'
import cdnJson from './cdn-json.js'
import cloudflareHttp from './cloudflare-http.js'
import cloudfrontRealtime from './cloudfront-realtime.js'
import cloudfrontStandard from './cloudfront-standard.js'
import cloudfrontV2 from './cloudfront-v2.js'
import coredns from './coredns.js'
import curlVerbose from './curl-verbose.js'
import curlWriteout from './curl-writeout.js'
import dnsdist from './dnsdist.js'
import dnsmasq from './dnsmasq.js'
import fastly from './fastly.js'
import gcpHttpLb from './gcp-http-lb.js'
import goCommand from './go-command.js'
import goDebugTrace from './go-debug-trace.js'
import goDump from './go-dump.js'
import goGctrace from './go-gctrace.js'
import goHttpServer from './go-http-server.js'
import goHttp2debug from './go-http2debug.js'
import goHttptrace from './go-httptrace.js'
import goNetdns from './go-netdns.js'
import goSchedtrace from './go-schedtrace.js'
import haproxyError from './haproxy-error.js'
import haproxyHttp from './haproxy-http.js'
import haproxyJson from './haproxy-json.js'
import haproxyTcp from './haproxy-tcp.js'
import knotResolver from './knot-resolver.js'
import litespeed from './litespeed.js'
import nginxAccess from './nginx-access.js'
import nginxError from './nginx-error.js'
import nginxJson from './nginx-json.js'
import nginxStreamPreread from './nginx-stream-preread.js'
import passivedns from './passivedns.js'
import pihole from './pihole.js'
import powerdnsAuth from './powerdns-auth.js'
import powerdnsRecursor from './powerdns-recursor.js'
import suricataEve from './suricata-eve.js'
import systemdResolved from './systemd-resolved.js'
import tcpdumpDns from './tcpdump-dns.js'
import tencentCdn from './tencent-cdn.js'
import tsharkEk from './tshark-ek.js'
import tsharkFields from './tshark-fields.js'
import tsharkJson from './tshark-json.js'
import unbound from './unbound.js'
import zeekConn from './zeek-conn.js'
import zeekDns from './zeek-dns.js'
import zeekHttp from './zeek-http.js'
import zeekQuic from './zeek-quic.js'
import zeekSsl from './zeek-ssl.js'
import zeekX509 from './zeek-x509.js'
import type { Parser } from '../src/read/parser.js'

/** The built-in parsers. Pass `[...parsers, mine]` to use one of your own beside them. */
export const parsers: readonly Parser[] = [
  akamaiDatastream2,
  alibabaCdn,
  alibabaRealtime,
  apacheAccess,
  awsAlb,
  awsAlbConnection,
  awsElbClassic,
  awsElbJson,
  awsNlb,
  azureAppgw,
  azureCdn,
  azureChinaCdn,
  azureFrontdoor,
  bindQuery,
  bindResponse,
  cdnJson,
  cloudflareHttp,
  cloudfrontRealtime,
  cloudfrontStandard,
  cloudfrontV2,
  coredns,
  curlVerbose,
  curlWriteout,
  dnsdist,
  dnsmasq,
  fastly,
  gcpHttpLb,
  goCommand,
  goDebugTrace,
  goDump,
  goGctrace,
  goHttpServer,
  goHttp2debug,
  goHttptrace,
  goNetdns,
  goSchedtrace,
  haproxyError,
  haproxyHttp,
  haproxyJson,
  haproxyTcp,
  knotResolver,
  litespeed,
  nginxAccess,
  nginxError,
  nginxJson,
  nginxStreamPreread,
  passivedns,
  pihole,
  powerdnsAuth,
  powerdnsRecursor,
  suricataEve,
  systemdResolved,
  tcpdumpDns,
  tencentCdn,
  tsharkEk,
  tsharkFields,
  tsharkJson,
  unbound,
  zeekConn,
  zeekDns,
  zeekHttp,
  zeekQuic,
  zeekSsl,
  zeekX509,
]
