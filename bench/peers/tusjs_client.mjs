// tus-js-client, one file after the other: ENDPOINT IDLE_MS FILE... Says "ready", waits for a line,
// says "done". IDLE_MS: the library never notices a dead peer, so the agent cuts a silent socket.
// TUS_HEADERS (JSON) and TUS_RETRY_MS from the environment go to the library as they are.
import fs from 'node:fs'
import http from 'node:http'
import https from 'node:https'
import path from 'node:path'
import readline from 'node:readline'
import * as tus from 'tus-js-client'

const [endpoint, idle, ...files] = process.argv.slice(2)
const { Agent } = endpoint.startsWith('https:') ? https : http

// Not the socket's own time-out: the agent sets that back when it hands the socket to a request.
function watch(socket) {
  let moved = -1
  let movedAt = Date.now()
  const looking = setInterval(() => {
    const now = socket.bytesRead + socket.bytesWritten - socket.writableLength
    if (now !== moved) {
      moved = now
      movedAt = Date.now()
    } else if (Date.now() - movedAt > Number(idle)) {
      socket.destroy(new Error('idle'))
    }
  }, 250)
  socket.on('close', () => clearInterval(looking))
}

class QuickAgent extends Agent {
  createConnection(options, callback) {
    const socket = super.createConnection(options, callback)
    if (Number(idle)) watch(socket)
    return socket
  }
}

const agent = new QuickAgent({ keepAlive: true, maxSockets: 1, noDelay: true })
const httpStack = new tus.DefaultHttpStack({ agent })

function send(file) {
  const size = fs.statSync(file).size
  return new Promise((resolve, reject) => {
    new tus.Upload(fs.createReadStream(file), {
      endpoint,
      httpStack,
      uploadSize: size,
      // A stream is read in chunks of this size; one request for the whole file.
      chunkSize: size,
      metadata: { filename: path.basename(file) },
      headers: JSON.parse(process.env.TUS_HEADERS ?? '{}'),
      retryDelays: Array(1000).fill(Number(process.env.TUS_RETRY_MS ?? 1000)),
      // Without it, whatever is not a known status ends the upload.
      onShouldRetry: () => true,
      uploadDataDuringCreation: size < 20_000,
      onError: reject,
      onSuccess: resolve,
    }).start()
  })
}

console.log('ready')
for await (const _ of readline.createInterface({ input: process.stdin })) break
for (const file of files) await send(file)
console.log('done')
process.exit(0)
