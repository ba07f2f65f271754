/** The part of YAML that generated test data uses: block maps and lists, quoted and bare scalars, `{}` and `[]`. */

function scalar(text) {
  if (text === '{}') return {}
  if (text === '[]') return []
  if (text === '' || text === '~' || text === 'null') return null
  if (text.startsWith('"')) return JSON.parse(text)
  if (text.startsWith("'")) return text.slice(1, -1).replaceAll("''", "'")
  if (text === 'true' || text === 'false') return text === 'true'
  return /^-?\d+(\.\d+)?$/.test(text) && text.length < 16 ? Number(text) : text
}

/** A document as a value. Throws on what it does not know. */
export function readYaml(source) {
  const lines = source.split(/\r?\n/).filter(line => line.trim() !== '' && !line.trimStart().startsWith('#')).map(line => ({ indent: line.length - line.trimStart().length, text: line.trim() }))
  let at = 0
  const isItem = line => line.text === '-' || line.text.startsWith('- ')
  const isEntry = text => /^("[^"]*"|[^\s"'{[][^:]*):( |$)/.test(text)

  function block(indent) {
    const first = lines[at]
    if (first === undefined || first.indent < indent) return null
    return isItem(first) ? list(first.indent) : map(first.indent)
  }
  function list(indent) {
    const out = []
    while (at < lines.length && lines[at].indent === indent && isItem(lines[at])) {
      const rest = lines[at].text.slice(1).trimStart()
      if (rest === '') {
        at++
        out.push(block(indent + 1))
      } else if (isEntry(rest)) {
        const deeper = indent + lines[at].text.length - rest.length
        lines[at] = { indent: deeper, text: rest }
        out.push(map(deeper))
      } else {
        at++
        out.push(scalar(rest))
      }
    }
    return out
  }
  function map(indent) {
    const out = {}
    while (at < lines.length && lines[at].indent === indent && !isItem(lines[at])) {
      const { text } = lines[at++]
      const colon = text.startsWith('"') ? text.indexOf('":') + 1 : text.indexOf(': ') === -1 ? text.length - 1 : text.indexOf(': ')
      if (text[colon] !== ':') throw new Error(`no YAML that is known here: ${text.slice(0, 60)}`)
      const rest = text.slice(colon + 1).trim()
      const next = lines[at]
      out[String(scalar(text.slice(0, colon)))] = rest === '' ? (next && (next.indent > indent || (next.indent === indent && isItem(next))) ? block(next.indent) : null) : scalar(rest)
    }
    return out
  }
  return block(0)
}
