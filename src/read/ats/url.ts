/** The URL of a Traffic Server line. By default it is the remapped one, which names the origin and not what the client asked for. */
import { canonicalIp } from '../../address.js'
import type { Draft } from '../parser.js'
import { putUri } from '../request.js'
import { peerOf } from '../squid/line.js'

/** Host (and port) of an absolute URL, or undefined. */
export function hostOf(url: string): string | undefined {
  const start = url.indexOf('://')
  if (start === -1) return undefined
  for (let at = start + 3; at < url.length; at++) {
    const code = url.charCodeAt(at)
    if (code === 47 || code === 63 || code === 35) return url.slice(start + 3, at)
  }
  return url.slice(start + 3)
}

/** Is this the URL the client asked for? Not where its host is an address, or the origin that was asked; undefined where nothing shows it. */
export function isPristine(url: string, origin: string | undefined): boolean | undefined {
  const host = hostOf(url)
  if (host === undefined) return undefined
  const target = peerOf(host)
  if (target.ip !== undefined) return false
  if (origin === undefined || origin === '') return undefined
  const peer = peerOf(origin)
  return peer.name === undefined || peer.name.toLowerCase() !== target.name?.toLowerCase()
}

/** Puts a URL on a draft; of a remapped one only path and query tell of the request, its host is the origin's. */
export function putUrl(draft: Draft, url: string, pristine: boolean, contacted: boolean): void {
  if (url === '' || url === '-') return
  putUri(draft, url)
  if (pristine || hostOf(url) === undefined) return
  const target = peerOf(hostOf(url)!)
  // left empty rather than deleted, which would cost every later reader of the object
  const { url: parts } = draft
  if (parts) parts.scheme = parts.domain = parts.port = undefined
  if (!contacted) return
  const origin = ((draft.cdn ??= {}).origin ??= {})
  if (target.ip !== undefined) origin.ip ??= target.ip
  else if (target.name !== undefined && canonicalIp(target.name) === undefined) origin.name ??= target.name
  if (target.port !== undefined) origin.port ??= target.port
}
