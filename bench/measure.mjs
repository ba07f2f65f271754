// Runs a command and tells its wall time, CPU time (user + system) and peak memory; and the median of several.
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'

/** How often the memory of the process is looked at, ms; only where the system keeps no peak of its own. */
const LOOK_MS = 20

/** Peak resident set of a process that still runs, KiB; 0 where the system does not tell (no /proc). */
function peakKib(pid) {
  try {
    return Number(/^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0)
  } catch {
    return 0
  }
}

function cpuTicks(pid) {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ')
    return Number(fields[11]) + Number(fields[12])
  } catch {
    return 0
  }
}

/** Runs a command to its end; rejects when it fails. CPU time is exact to 10 ms or so, for the last look may miss the end. */
export function measure(command, args) {
  return new Promise((resolve, reject) => {
    const began = performance.now()
    const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'pipe'] })
    let complaint = ''
    let peak = 0
    let ticks = 0
    child.stderr.on('data', chunk => { complaint = (complaint + chunk).slice(-2000) })
    const timer = setInterval(() => {
      peak = Math.max(peak, peakKib(child.pid))
      ticks = Math.max(ticks, cpuTicks(child.pid))
    }, LOOK_MS)
    child.on('error', reject)
    child.on('close', status => {
      clearInterval(timer)
      if (status !== 0) reject(new Error(`${command} ended with ${status}: ${complaint}`))
      else resolve({ wallS: (performance.now() - began) / 1000, cpuS: ticks / 100, peakMib: peak / 1024 })
    })
  })
}

/** The middle of a list of numbers. */
export function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b)
  return sorted.length % 2 === 1 ? sorted[sorted.length >> 1] : (sorted[sorted.length / 2 - 1] + sorted[sorted.length / 2]) / 2
}

/** An aligned table; the first row is the header. */
export function printTable(rows) {
  const texts = rows.map(row => row.map(cell => typeof cell === 'number' ? cell.toFixed(2) : String(cell)))
  const widths = texts[0].map((_, column) => Math.max(...texts.map(row => row[column].length)))
  for (const row of texts) process.stdout.write(`${row.map((cell, column) => column === 0 ? cell.padEnd(widths[column]) : cell.padStart(widths[column])).join('  ')}\n`)
}

/** Measures every variant once a round, so that a busy machine is busy for all of them alike; `variants` are [name, command, args, before?]. */
export async function interleave(variants, rounds) {
  const runs = new Map(variants.map(([name]) => [name, []]))
  for (let round = 0; round < rounds; round++) {
    for (const [name, command, args, before] of variants) {
      before?.()
      runs.get(name).push(await measure(command, args))
    }
  }
  return runs
}

/** A table of medians, each with its ratio (median of the rounds' own ratios) to the variant named `base`. */
export function ratioTable(runs, base) {
  const rows = [['variant', 'wall s', 'CPU s', 'peak MiB', 'wall ratio', 'CPU ratio', 'memory ratio']]
  const against = runs.get(base)
  for (const [name, list] of runs) {
    const of = key => median(list.map(run => run[key]))
    const ratio = key => against ? median(list.map((run, round) => run[key] / against[round][key])) : '-'
    rows.push([name, of('wallS'), of('cpuS'), of('peakMib'), ratio('wallS'), ratio('cpuS'), ratio('peakMib')])
  }
  return rows
}
