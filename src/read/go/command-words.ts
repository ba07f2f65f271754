/** Words of the go command that tell no request: progress, information, and what `-x` prints of the build itself. */
import type { Draft } from '../parser.js'

/** `downloading M V` is printed when an archive is wanted, before its lock and its request; `finding` and `extracting` are of Go 1.13 and older. */
const PROGRESS = /^(?:downloading|extracting|finding) (\S{1,300}) (v\d\S{0,200}|latest)$/
const TOOLCHAIN = /^downloading (go1\S{0,40}) \(([a-z0-9]+)\/([a-z0-9]+)\)$/

/** True for `downloading M V` and its kin. */
export const isProgress = (text: string): boolean => PROGRESS.test(text) || TOOLCHAIN.test(text)

/** A progress line as a line of the log: it says what is wanted, not what happened. */
export function progressDraft(text: string): Draft {
  const toolchain = TOOLCHAIN.exec(text)
  if (toolchain) return { type: 'log.line', message: text, go: { module: { path: 'golang.org/toolchain', version: `v0.0.1-${toolchain[1]!}.${toolchain[2]!}-${toolchain[3]!}` } } }
  const [, path, version] = PROGRESS.exec(text)!
  return { type: 'log.line', message: text, go: { module: { path, ...(version === 'latest' ? {} : { version }) } } }
}

const INFORMATION = ['finding ', 'found ', 'added ', 'removed ', 'upgraded ', 'downgraded ', 'no module dependencies', 'creating new go.', 'to add module requirements', 'copying requirements', 'using ',
  'default toolchain', 'upgrading toolchain', 'switching ', 'converting ', 'writing ', 'trying ', 'warning: ', 'updating ', 'editing ', 'matched no packages', 'preserving ', 'to make room', 'installing executables',
  'read full module graph', 'downloading ', 'loading ', 'no packages', 'nothing to do', 'extracting ']

/** True for what the go command tells of its own work. */
export function isInformation(text: string): boolean {
  return INFORMATION.some(words => text.startsWith(words)) || text.includes('; switching to go') || text.endsWith(' matched no packages')
}

/** Prose below a VCS verdict that is not indented. */
export const PROSE: readonly string[] = ['Confirm the import path was entered correctly.', 'If this is a private repository, see ', 'For more information, see ']

const BUILD = ['WORK=', 'cat >', 'cd ', 'cp ', 'mv ', 'rm ', 'echo ', 'ln ', 'chmod ', 'packagefile ', 'packageshlib ', 'importmap ', 'modinfo ', 'TERM=', 'CGO_', 'GOROOT=', 'GOOS=', 'GOARCH=', 'GOPATH=', 'EOF', 'touch ', 'exit status ', 'signal: ']

/** True for the shell lines that `go build -x` prints. */
export function isBuildLine(text: string): boolean {
  return BUILD.some(words => text.startsWith(words)) || text.includes('/pkg/tool/') || text.startsWith('$WORK/') || text.startsWith('./$WORK/') || /^package \S+ is not a main package$/.test(text)
}
