#!/usr/bin/env node
/** Where the program begins. Help and version are answered here, in the time that Node itself takes; all else is loaded when it is needed. */
import { readFileSync } from 'node:fs'
import { helpText, isHelpAsked } from './help.js'
import { loadRun } from './load-run.js'

// a closed pipe (`| head`) is no trouble: whoever reads has seen enough
for (const stream of [process.stdout, process.stderr]) stream.on('error', (error: NodeJS.ErrnoException) => { if (error.code === 'EPIPE') process.exit(0); throw error })

const packageFile = new URL('../../../package.json', import.meta.url)
const { version } = JSON.parse(readFileSync(packageFile, 'utf8')) as { version: string }
const argv = process.argv.slice(2)
const options = argv.includes('--') ? argv.slice(0, argv.indexOf('--')) : argv

if (options.includes('--version')) process.stdout.write(`${version}\n`)
else if (isHelpAsked(options)) process.stdout.write(helpText(options, process.stdout.columns ?? (Number(process.env.COLUMNS) || undefined)))
else void loadRun(argv).then(({ run }) => run(argv)).then(status => { process.exitCode = status })
