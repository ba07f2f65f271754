import { z } from 'zod'
import { detectors } from '../../detectors/index.js'
import type { Detector } from '../../detectors/detector.js'
import { nearestName } from '../../input/nearest.js'
import { streamSink } from '../../output/sink.js'
import { WRITERS } from '../../output/writers.js'
import { Problem } from '../../problem.js'
import type { Words } from '../options.js'
import { terminalWidth } from '../write-run.js'

function describeDetector(detector: Detector): object {
  const { id, name, version, what, why, remedy, reference, needs, thresholds, cases } = detector
  return { id, name, version, what, why, remedy, reference, needs, thresholds: (z.toJSONSchema(thresholds, { io: 'input' }) as { properties?: object }).properties, fires_on: cases.find(one => one.fires)?.name, silent_on: cases.find(one => !one.fires)?.name }
}

/** `logjoin detectors [ID]` */
export async function runDetectors(args: Words): Promise<number> {
  const wanted = args.id === undefined ? undefined : String(args.id)
  const found = wanted === undefined ? detectors : detectors.filter(detector => detector.id === wanted)
  if (found.length === 0) {
    const near = nearestName(wanted!, detectors.map(detector => detector.id))
    throw new Problem('unknown-detector', `no detector is called ${JSON.stringify(wanted)}${near === undefined ? '' : `; did you mean ${near}?`}`)
  }
  const format = args.format === 'auto' ? (process.stdout.isTTY ? 'table' : 'ndjson') : String(args.format)
  const sink = streamSink(process.stdout)
  const writer = WRITERS[wanted !== undefined && format === 'table' ? 'json' : format]!(sink, { width: terminalWidth(), ...(format === 'table' ? { fields: ['id', 'what'] } : {}) })
  for (const detector of found) await writer.write(describeDetector(detector))
  await writer.end()
  await sink.end()
  return 0
}
