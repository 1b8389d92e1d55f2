// The reference tus server of the npm registry: DIRECTORY HOST PORT [CERTIFICATE KEY]. Says "ready"
// and its port when it listens. An upload's file is named as its metadata says.
// TUS_PATH and TUS_HEADERS (JSON, put on each answer) come from the environment.
import fs from 'node:fs'
import http from 'node:http'
import https from 'node:https'
import { FileStore } from '@tus/file-store'
import { Server } from '@tus/server'

const [directory, host, port, certificate, key] = process.argv.slice(2)
const tus = new Server({
  path: process.env.TUS_PATH ?? '/files',
  datastore: new FileStore({ directory }),
  namingFunction: (_request, metadata) => metadata?.filename ?? crypto.randomUUID(),
  // It would call itself http even behind TLS.
  relativeLocation: true,
  // How long a newer request waits for a half-dead one: three seconds unless told.
  lockDrainTimeout: 200,
})
const always = Object.entries(JSON.parse(process.env.TUS_HEADERS ?? '{}'))
function handle(request, response) {
  for (const [name, value] of always) response.setHeader(name, value)
  return tus.handle(request, response)
}
const server = certificate
  ? https.createServer({ cert: fs.readFileSync(certificate), key: fs.readFileSync(key) }, handle)
  : http.createServer(handle)
server.requestTimeout = 0
server.keepAliveTimeout = 75_000
server.listen(Number(port), host, () => console.log('ready', server.address().port))
