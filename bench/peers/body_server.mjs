// Keeps the body of each POST that came whole as one file: DIRECTORY HOST PORT CERTIFICATE KEY.
// What a server of forms does with a multipart body, at its cheapest.
import fs from 'node:fs'
import https from 'node:https'
import path from 'node:path'
import { pipeline } from 'node:stream/promises'

const [directory, host, port, certificate, key] = process.argv.slice(2)
let serial = 0
const server = https.createServer(
  { cert: fs.readFileSync(certificate), key: fs.readFileSync(key) },
  async (request, response) => {
    const partial = path.join(directory, `${serial++}.partial`)
    try {
      await pipeline(request, fs.createWriteStream(partial))
      fs.renameSync(partial, path.join(directory, path.basename(request.url)))
      response.writeHead(201).end()
    } catch {
      fs.rmSync(partial, { force: true })
    }
  },
)
server.requestTimeout = 0
server.keepAliveTimeout = 75_000
server.listen(Number(port), host, () => console.log('ready', server.address().port))
