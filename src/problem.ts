import { toPrintable } from './printable.js'

/** What to do next, one sentence for every problem code. The keys are the codes, and they are stable. */
export const REMEDIES = {
  'no-such-file': 'Check the spelling and the folder the command runs in.',
  'not-readable': 'Check that it is a file and that you may read it.',
  'is-empty-glob': 'Quote the pattern if the shell should not touch it, or name the folder itself.',
  'no-format': 'Name the format with --as PATTERN=FORMAT, or see `logjoin formats` for what is read.',
  'ambiguous-format': 'Say which format it is with --as PATTERN=FORMAT.',
  'binary-file': 'Give the log as text; a program that wrote it can usually export it.',
  'utf16-file': 'Convert it first: iconv -f UTF-16 -t UTF-8 FILE > FILE.utf8.',
  'bad-option': 'See `logjoin COMMAND --help` for what the option takes.',
  'bad-config': 'Correct the configuration file, or leave it out with another --config.',
  'bad-plugin': 'A plug-in exports parsers or detectors with contract: 1; see docs/architecture.md.',
  'unknown-format': 'See `logjoin formats` for the names of the formats.',
  'unknown-detector': 'See `logjoin detectors` for the names of the detectors.',
  'broken-compression': 'What could be recovered was read; copy the file again, or decompress it yourself and give the result.',
  'too-large': 'If the file is what you expect, decompress it yourself and give the result.',
  'refused-lines': 'Keep them with --rejects FILE and look at their reasons, or leave out --strict.',
  'write-failed': 'Check the folder, your rights to it and the space left.',
  'no-input': 'Name at least one file or folder, or - for standard input.',
  internal: 'This is a defect in logjoin; please report it with the command that led to it.',
} as const

/** The stable, kebab-case name of a problem. */
export type ProblemCode = keyof typeof REMEDIES

/** Where a problem is: a file as the user gave it, and a 1-based line. */
export interface ProblemPlace {
  readonly file?: string
  readonly line?: number
}

/**
 * Every error that a user may see. Takes a code, what is wrong in one clause, and where; gives the
 * remedy of the code. It may be thrown (the input cannot be used) or handed over as a note.
 */
export class Problem extends Error {
  readonly code: ProblemCode
  readonly where?: ProblemPlace
  readonly remedy: string

  constructor(code: ProblemCode, message: string, where?: ProblemPlace) {
    super(message)
    this.name = 'Problem'
    this.code = code
    this.where = where
    this.remedy = REMEDIES[code]
  }
}

/**
 * Gives the text for a person: `where: message`, a new line, two spaces and the remedy. Controls in file
 * names and messages are made printable. Never refuses.
 */
export function describeProblem(problem: Problem): string {
  const { file, line } = problem.where ?? {}
  const place = [file, line].filter(part => part !== undefined).join(':')
  const message = toPrintable(place === '' ? problem.message : `${place}: ${problem.message}`)
  return `${message}\n  ${problem.remedy}`
}
