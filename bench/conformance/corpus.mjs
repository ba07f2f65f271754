/** The files of a corpus: a folder with a MANIFEST.tsv (format, file, …, notes), or any folder of logs, whose folder names may name formats. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, dirname, join, relative, sep } from 'node:path'
import { acceptedIds, acceptedInLab, isLabel } from './labels.mjs'

/** Files that describe logs and are none. */
const NOT_A_LOG = /(^|\/)(MANIFEST\.tsv|README[^/]*|truth\.json|formats\.json|score\.mjs|LICENSE[^/]*)$|\.about\.txt$|(^|\/)(configs|_hidden|\.git)\/|expected[^/]*$|_data_sample\.json$/

const walk = folder => readdirSync(folder, { withFileTypes: true })
  .sort((a, b) => a.name < b.name ? -1 : 1)
  .flatMap(entry => entry.isDirectory() ? walk(join(folder, entry.name)) : entry.isFile() ? [join(folder, entry.name)] : [])

/** Where the results that others expect of a file lie: where the notes say, or under a name made from the file's. */
function expectedOf(path, notes) {
  const folder = dirname(path)
  const name = basename(path)
  const stem = name.replace(/\.[^.]+$/, '')
  const named = /expected=([^;\s]+)/.exec(notes)?.[1]
  const candidates = [named, `${name}-expected.json`, `${stem}.expected.json`, `${name}.expected.json`, `${name.split('__')[0]}__parser.expected.json`, name.endsWith('.out') ? `${stem}.json` : undefined]
  // a sample that its own notes call unrelated to the lines proves nothing
  return /NOT line-matched/i.test(notes) ? undefined : candidates.filter(Boolean).map(candidate => join(folder, candidate)).find(candidate => candidate !== path && existsSync(candidate))
}

function fromManifest(root, ids) {
  const [header, ...rows] = readFileSync(join(root, 'MANIFEST.tsv'), 'utf8').split(/\r?\n/).filter(Boolean).map(line => line.split('\t'))
  const column = name => header.indexOf(name)
  const [format, file, notes] = [column('format'), column('file'), column('notes')]
  if (format === -1 || file === -1) throw new Error(`${root}/MANIFEST.tsv has no columns "format" and "file"`)
  return rows.map(row => {
    const path = join(root, row[file])
    return { path, name: row[file], label: row[format], accepted: acceptedIds(row[format], ids), expected: expectedOf(path, row[notes] ?? '') }
  }).filter(({ path }) => existsSync(path))
}

function fromFolder(root, ids) {
  const paths = walk(root)
  const isLab = existsSync(join(root, 'scenarios')) || existsSync(join(root, 'truth.json'))
  const outs = new Set(paths.filter(path => path.endsWith('.out')).map(path => path.replace(/\.out$/, '.json')))
  return paths.map(path => ({ path, name: relative(root, path) }))
    .filter(({ path, name }) => !NOT_A_LOG.test(name.split(sep).join('/')) && !outs.has(path))
    .map(({ path, name }) => {
      const label = [...dirname(name).split(sep), basename(root)].find(part => isLabel(part, ids))
      return { path, name, label: isLab ? 'lab' : label, accepted: isLab ? acceptedInLab(path) : acceptedIds(label, ids), expected: isLab ? undefined : expectedOf(path, '') }
    })
}

/** The files of a folder (or a file alone), each with its label, the parsers that the label allows and where expected results lie. */
export function filesOf(root, ids) {
  if (!statSync(root).isDirectory()) return [{ path: root, name: basename(root), label: undefined, accepted: undefined, expected: expectedOf(root, '') }]
  return existsSync(join(root, 'MANIFEST.tsv')) ? fromManifest(root, ids) : fromFolder(root, ids)
}
