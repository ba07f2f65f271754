/** The verdict on a visit, and the two commands to run next. */
import type { Finding } from '../schema/finding.js'
import { briefly, concerns, hasFailed, tookOf, type Step, type Visit } from './step.js'

/** Of the findings about this visit the one that a question of the path turned up, else the most severe. */
function mostTelling(visit: Visit, steps: readonly Step[]): Finding | undefined {
  const own = visit.findings.filter(one => one.severity_id > 1 && concerns(visit, one))
  return own.find(one => steps.some(step => step.state === 'bad' && step.answer.includes(one.message.slice(1)))) ?? own[0]
}

/** One paragraph: what is wrong, or where the time went. */
export function verdictOf(visit: Visit, steps: readonly Step[]): string {
  const { session } = visit
  const finding = mostTelling(visit, steps)
  if (finding) return `${finding.rule.name} (${finding.severity}): ${finding.message}. ${finding.remediation}`
  const bad = steps.find(step => step.state === 'bad')
  if (bad) return `It went wrong here: ${bad.question} ${bad.answer}`
  const { bottleneck } = session
  const took = tookOf(session)
  const unknown = steps.filter(step => step.state === 'unknown')
  const missing = unknown.length === 0 ? '' : ` Not known from these logs: ${unknown.map(step => step.question.replace('?', '').toLowerCase()).join('; ')}.`
  if (hasFailed(session)) return `It failed (${session.error?.type ?? `status ${session.http?.response?.status_code ?? 'unknown'}`}).${missing}`
  const time = took === undefined ? '' : ` It took ${briefly(took)}${bottleneck === undefined ? '' : `, ${bottleneck.share !== undefined && bottleneck.share >= 0.5 ? 'most of it' : 'the longest part of it'} in ${bottleneck.phase} (${briefly(bottleneck.ms)})`}.`
  const elsewhere = visit.findings.find(one => one.severity_id > 1)
  const others = elsewhere === undefined ? '' : ` Other visits of the host are in trouble: ${elsewhere.message}.`
  return `Nothing is wrong with this visit.${time}${missing}${others}`
}

const quoted = (text: string): string => /^[\w.:/@%+=,-]+$/.test(text) ? text : `'${text.replaceAll('\'', '\'\\\'\'')}'`
const bracketed = (ip: string): string => ip.includes(':') ? `[${ip}]` : ip

/** Two commands: one asks the resolver, one the server (or the origin, where the trouble is behind the edge). */
export function commandsOf({ host, session, resolvers }: Visit, steps: readonly Step[]): [string, string] {
  const resolver = [session.dns && resolvers.find(one => one.addresses.length > 0), resolvers[0]].find(one => one && /^[\d.:a-f]+$/.test(one.resolver))?.resolver
  const dig = `dig ${quoted(host)} ${session.network?.type === 'ipv6' || session.server?.ip?.includes(':') ? 'AAAA' : 'A'}${resolver === undefined ? '' : ` @${resolver}`}`
  const scheme = session.url?.scheme ?? 'https'
  const port = session.server?.port ?? session.url?.port ?? (scheme === 'http' ? 80 : 443)
  const isStandard = port === (scheme === 'http' ? 80 : 443)
  const originIp = session.cdn?.origin?.ip
  const behind = steps.find(step => step.id === 'origin')?.state === 'bad' && originIp !== undefined
  // an origin on port 80 speaks no TLS, whatever its visitors do
  if (behind && session.cdn?.origin?.port === 80) return [dig, `curl -sv -o /dev/null --connect-to ${quoted(`${host}:80:${bracketed(originIp)}:80`)} -w '%{json}\\n' ${quoted(`http://${host}${session.url?.path ?? '/'}`)}`]
  const url = `${scheme}://${host}${isStandard ? '' : `:${port}`}${session.url?.path ?? '/'}`
  const ip = behind ? originIp : session.server?.ip ?? session.dns?.resolved_ip?.[0]
  const to = ip === undefined ? '' : ` --connect-to ${quoted(`${host}:${port}:${bracketed(ip)}${behind && session.cdn?.origin?.port !== undefined ? `:${session.cdn.origin.port}` : `:${port}`}`)}`
  return [dig, `curl -sv -o /dev/null${to} -w '%{json}\\n' ${quoted(url)}`]
}
