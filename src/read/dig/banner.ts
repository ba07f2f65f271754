/** What a dig or kdig command line asks for: each name with its type. */
import { dnsTypeNumber } from '../vocabulary/dns.js'

export interface Asked { readonly name: string, readonly type?: string, readonly class?: string }

/** The questions of a command line, the server it names, and options that change what is printed. */
export interface Command { readonly questions: readonly Asked[], readonly trace: boolean, readonly transfer: boolean }

/** Options with a value in the next word. */
const VALUED = new Set(['-p', '-b', '-f', '-k', '-y', '-t', '-c', '-q', '-x', '-P'])

function reversed(address: string): string {
  return /^[\d.]{1,15}$/.test(address) ? `${address.split('.').reverse().join('.')}.in-addr.arpa` : address
}

/** Reads the arguments that dig's banner repeats; a hash of options that do not matter is passed over. */
export function readCommand(text: string): Command {
  const words = text.trim().split(/\s+/).slice(0, 200)
  const questions: { name: string, type?: string, class?: string }[] = []
  let type: string | undefined
  let dnsClass: string | undefined
  for (let at = 0; at < words.length; at++) {
    const word = words[at]!
    if (word === '' || word.startsWith('@') || word.startsWith('+')) continue
    if (word.startsWith('-') && word.length > 1) {
      const value = VALUED.has(word) ? words[++at] : undefined
      if (word === '-t') type = value?.toUpperCase()
      else if (word === '-q' && value !== undefined) questions.push({ name: value })
      else if (word === '-x' && value !== undefined) questions.push({ name: reversed(value), type: 'PTR' })
      continue
    }
    const upper = word.toUpperCase()
    if (upper === 'IN' || upper === 'CH' || upper === 'HS') dnsClass = upper
    else if (dnsTypeNumber(upper) !== undefined && !word.includes('.')) {
      const last = questions.at(-1)
      if (last && last.type === undefined) last.type = upper
      else type = upper
    } else questions.push({ name: word })
  }
  for (const question of questions) {
    question.type ??= type ?? 'A' // what both tools ask for where nothing is said
    question.class ??= dnsClass
  }
  const options = ` ${text} `
  return { questions, trace: options.includes(' +trace '), transfer: questions.some(question => question.type === 'AXFR' || question.type === 'IXFR') || type === 'AXFR' }
}
