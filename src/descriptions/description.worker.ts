import { parentPort, type MessagePort } from 'node:worker_threads'
import { type Checked, checkDocument } from './check.ts'
import { DescriptionError, type DescriptionErrorCode, type Place } from './description.errors.ts'

/** A document to check, whose answer bears the same number. */
export interface Question {
  id: number
  document: Uint8Array<ArrayBuffer>
}

/** What the worker says: once, as number 0, when it has begun, then to each document. */
export type Answer = (
  | { begun: true }
  | { checked: Checked }
  | { refused: { code: DescriptionErrorCode; message: string; place: Place } }
  /** Neither: a fault of the service. */
  | { failed: unknown }
) & {
  id: number
  /** The processor time that the worker has taken since it began, in microseconds. */
  processor: number
}

const port = parentPort as MessagePort

port.on('message', ({ id, document }: Question) => {
  const answer = answerFor(document)
  const transfer = 'checked' in answer ? [answer.checked.content.buffer] : []
  port.postMessage({ ...answer, id, processor: processorTime() }, transfer)
})
port.postMessage({ begun: true, id: 0, processor: processorTime() })

function processorTime(): number {
  const { user, system } = process.threadCpuUsage()
  return user + system
}

function answerFor(document: Uint8Array<ArrayBuffer>) {
  try {
    return { checked: checkDocument(document) }
  } catch (error) {
    if (!(error instanceof DescriptionError)) return { failed: error }
    const { code, message, pointer, line, column } = error
    return { refused: { code, message, place: { pointer, line, column } as Place } }
  }
}
