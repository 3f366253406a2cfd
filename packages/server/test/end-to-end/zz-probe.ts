import { test } from 'node:test'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { startHearth } from '/work/main/packages/server/test/end-to-end/hearth.ts'
const often = (socket, text) => { const t = setInterval(() => socket.write(text), 50); socket.on('close', () => clearInterval(t)) }
const pour = (socket, text) => { const more = () => { while (!socket.destroyed && socket.write(text)); }; socket.on('drain', more); more() }
const kinds = {
  silent: () => undefined,
  slowhead: (s) => often(s, 'HTTP/1.1 200 OK\r\n'),
  slowbody: (s) => { s.write('HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n'); often(s, 'x') },
  endless: (s) => pour(s, `HTTP/1.1 200 OK\r\n\r\n${'x'.repeat(60000)}`),
  interim: (s) => pour(s, 'HTTP/1.1 102 x\r\n\r\n'.repeat(500)),
  reset: (s) => s.resetAndDestroy(),
}
test('x', async () => {
  await using hearth = await startHearth({})
  for (let round = 0; round < 6; round++) for (const [name, answer] of Object.entries(kinds)) { if (name === 'silent') continue
    const open = new Set(); let count = 0
    const server = createServer((s) => { count++; open.add(s); s.on('close', () => open.delete(s)); s.on('error', () => s.destroy()); s.once('data', () => answer(s)) })
    server.listen(0, '127.0.0.1'); await once(server, 'listening')
    const { json } = await hearth.call('webhooks.create', { url: `http://127.0.0.1:${server.address().port}/`, events: ['reminder.rang'] })
    const t0 = performance.now()
    await Promise.all(Array.from({ length: 40 }, (_, i) => hearth.call('reminders.set', { text: 'x' + i, at: new Date().toISOString() })))
    for (let i = 0; i < 2; i++) {
      await new Promise((r) => setTimeout(r, 1000))
      const a = performance.now(); const st = (await hearth.request('GET', '/api/v1/status')).json
      if (i === 1) console.log(round, name, Math.round(performance.now() - t0), 'status took', Math.round(performance.now() - a), 'loop', st.loopDelayP99Ms, 'rss', Math.round(st.memory?.server / 1e6), 'conns', count, 'open', open.size, JSON.stringify(st.waits))
    }
    await hearth.call('webhooks.remove', { id: json.id })
    for (const s of open) s.destroy(); server.close()
  }
})
