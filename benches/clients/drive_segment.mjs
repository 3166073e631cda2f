// Sends calls through @segment/analytics-node, one every so often, and prints their message ids.
//   node drive_segment.mjs URL KEY CALLS.json PAUSE_MS ROUNDS
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { Analytics } from '@segment/analytics-node'

const [host, writeKey, path, pause, rounds] = process.argv.slice(2)
const { calls } = JSON.parse(readFileSync(path, 'utf8'))
const client = new Analytics({ writeKey, host, flushAt: 3, flushInterval: 200 })
client.on('error', (error) => console.error('client:', error.code ?? error))
for (let round = 0; round < Number(rounds); round++) {
  for (const { type, timestamp, ...call } of calls) {
    const args = { ...call, timestamp: new Date(timestamp) }
    client[type](args, (error, context) => { if (context) console.log(context.event.messageId) })
    await sleep(Number(pause))
  }
}
await client.closeAndFlush({ timeout: 60000 })
