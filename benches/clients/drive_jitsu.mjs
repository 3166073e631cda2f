// Sends calls through @jitsu/js, one every so often, and prints the message ids of those that were taken. The
// client never tries again by itself, so its caller does; each try has an id of its own.
//   node drive_jitsu.mjs URL KEY CALLS.json PAUSE_MS ROUNDS
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { jitsuAnalytics } from '@jitsu/js'

const [host, writeKey, path, pause, rounds] = process.argv.slice(2)
const { calls } = JSON.parse(readFileSync(path, 'utf8'))
const client = jitsuAnalytics({ host, writeKey: `${writeKey}:secret`, s2s: true, fetchTimeoutMs: 5000 })
const plain = globalThis.fetch
let taken = 0
globalThis.fetch = async (url, options) => {
  const answer = await plain(url, options)
  if (answer.ok) console.log(JSON.parse(options.body).messageId)
  taken += answer.ok
  return answer
}
const again = async (send) => {
  const before = taken
  for (let tries = 0; taken === before; tries++) {
    if (tries === 200) throw new Error('the server stayed away')
    if (tries > 0) await sleep(100)
    await send()
  }
}
for (let round = 0; round < Number(rounds); round++) {
  for (const call of calls) {
    if (call.type === 'track') await again(() => client.track(call.event, call.properties))
    if (call.type === 'identify') await again(() => client.identify(call.userId, call.traits))
    if (call.type === 'group') await again(() => client.group(call.groupId, call.traits))
    if (call.type === 'page') await again(() => client.page(call.properties))
    await sleep(Number(pause))
  }
}
