/** Every built-in parser, one line each; `logjoin/parsers`. */
import adguard from './adguard.js'
import akamaiDatastream2 from './akamai-datastream2.js'
import alibabaCdn from './alibaba-cdn.js'
import alibabaRealtime from './alibaba-realtime.js'
import apacheAccess from './apache-access.js'
import apacheError from './apache-error.js'
import athens from './athens.js'
import atsError from './ats-error.js'
import atsExtended from './ats-extended.js'
import atsJson from './ats-json.js'
import atsSquid from './ats-squid.js'
import awsAlb from './aws-alb.js'
import awsAlbConnection from './aws-alb-connection.js'
import awsElbClassic from './aws-elb-classic.js'
import awsElbJson from './aws-elb-json.js'
import awsNlb from './aws-nlb.js'
import azureAppgw from './azure-appgw.js'
import azureAppserviceHttp from './azure-appservice-http.js'
import azureCdn from './azure-cdn.js'
import azureChinaCdn from './azure-china-cdn.js'
import azureFrontdoor from './azure-frontdoor.js'
import baiduCdn from './baidu-cdn.js'
import bindQuery from './bind-query.js'
import bindResponse from './bind-response.js'
import bunnyCdn from './bunny-cdn.js'
import byteplusCdn from './byteplus-cdn.js'
import caddy from './caddy.js'
import cdnJson from './cdn-json.js'
import cloudflareDns from './cloudflare-dns.js'
import cloudflareGatewayDns from './cloudflare-gateway-dns.js'
import cloudflareHttp from './cloudflare-http.js'
import cloudfrontRealtime from './cloudfront-realtime.js'
import cloudfrontStandard from './cloudfront-standard.js'
import cloudfrontV2 from './cloudfront-v2.js'
import coredns from './coredns.js'
import curlVerbose from './curl-verbose.js'
import curlWriteout from './curl-writeout.js'
import dig from './dig.js'
import dnsCollectorJson from './dns-collector-json.js'
import dnsCollectorText from './dns-collector-text.js'
import dnsdist from './dnsdist.js'
import dnsmasq from './dnsmasq.js'
import dnstap from './dnstap.js'
import dnstapJson from './dnstap-json.js'
import dnstapText from './dnstap-text.js'
import dnstapYaml from './dnstap-yaml.js'
import envoy from './envoy.js'
import envoyJson from './envoy-json.js'
import fastly from './fastly.js'
import gcpDns from './gcp-dns.js'
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
import goproxy from './goproxy.js'
import haproxyError from './haproxy-error.js'
import haproxyHttp from './haproxy-http.js'
import haproxyJson from './haproxy-json.js'
import haproxyTcp from './haproxy-tcp.js'
import host from './host.js'
import huaweiCdn from './huawei-cdn.js'
import kdig from './kdig.js'
import knotResolver from './knot-resolver.js'
import litespeed from './litespeed.js'
import ltsvAccess from './ltsv-access.js'
import nginxAccess from './nginx-access.js'
import nginxError from './nginx-error.js'
import nginxJson from './nginx-json.js'
import nginxProxyManager from './nginx-proxy-manager.js'
import nginxStreamPreread from './nginx-stream-preread.js'
import ngrok from './ngrok.js'
import nslookup from './nslookup.js'
import opensslSClient from './openssl-s-client.js'
import passivedns from './passivedns.js'
import pihole from './pihole.js'
import powerdnsAuth from './powerdns-auth.js'
import powerdnsRecursor from './powerdns-recursor.js'
import route53Public from './route53-public.js'
import route53Resolver from './route53-resolver.js'
import squidCombined from './squid-combined.js'
import squidNative from './squid-native.js'
import suricataEve from './suricata-eve.js'
import systemdResolved from './systemd-resolved.js'
import tcpdumpDns from './tcpdump-dns.js'
import technitium from './technitium.js'
import tencentCdn from './tencent-cdn.js'
import traefik from './traefik.js'
import tsharkEk from './tshark-ek.js'
import tsharkFields from './tshark-fields.js'
import tsharkJson from './tshark-json.js'
import ucloudCdn from './ucloud-cdn.js'
import umbrellaDns from './umbrella-dns.js'
import unbound from './unbound.js'
import upsunHttplog from './upsun-httplog.js'
import varnishncsa from './varnishncsa.js'
import vercel from './vercel.js'
import w3cExtended from './w3c-extended.js'
import windowsDnsDebug from './windows-dns-debug.js'
import zeekConn from './zeek-conn.js'
import zeekDns from './zeek-dns.js'
import zeekHttp from './zeek-http.js'
import zeekQuic from './zeek-quic.js'
import zeekSsl from './zeek-ssl.js'
import zeekX509 from './zeek-x509.js'
import type { Parser } from '../src/read/parser.js'

/** The built-in parsers. Pass `[...parsers, mine]` to use one of your own beside them. */
export const parsers: readonly Parser[] = [
  adguard,
  akamaiDatastream2,
  alibabaCdn,
  alibabaRealtime,
  apacheAccess,
  apacheError,
  athens,
  atsError,
  atsExtended,
  atsJson,
  atsSquid,
  awsAlb,
  awsAlbConnection,
  awsElbClassic,
  awsElbJson,
  awsNlb,
  azureAppgw,
  azureAppserviceHttp,
  azureCdn,
  azureChinaCdn,
  azureFrontdoor,
  baiduCdn,
  bindQuery,
  bindResponse,
  bunnyCdn,
  byteplusCdn,
  caddy,
  cdnJson,
  cloudflareDns,
  cloudflareGatewayDns,
  cloudflareHttp,
  cloudfrontRealtime,
  cloudfrontStandard,
  cloudfrontV2,
  coredns,
  curlVerbose,
  curlWriteout,
  dig,
  dnsCollectorJson,
  dnsCollectorText,
  dnsdist,
  dnsmasq,
  dnstap,
  dnstapJson,
  dnstapText,
  dnstapYaml,
  envoy,
  envoyJson,
  fastly,
  gcpDns,
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
  goproxy,
  haproxyError,
  haproxyHttp,
  haproxyJson,
  haproxyTcp,
  host,
  huaweiCdn,
  kdig,
  knotResolver,
  litespeed,
  ltsvAccess,
  nginxAccess,
  nginxError,
  nginxJson,
  nginxProxyManager,
  nginxStreamPreread,
  ngrok,
  nslookup,
  opensslSClient,
  passivedns,
  pihole,
  powerdnsAuth,
  powerdnsRecursor,
  route53Public,
  route53Resolver,
  squidCombined,
  squidNative,
  suricataEve,
  systemdResolved,
  tcpdumpDns,
  technitium,
  tencentCdn,
  traefik,
  tsharkEk,
  tsharkFields,
  tsharkJson,
  ucloudCdn,
  umbrellaDns,
  unbound,
  upsunHttplog,
  varnishncsa,
  vercel,
  w3cExtended,
  windowsDnsDebug,
  zeekConn,
  zeekDns,
  zeekHttp,
  zeekQuic,
  zeekSsl,
  zeekX509,
]
