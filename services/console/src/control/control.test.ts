import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { answerJson, serveConsole, serveUpstream, TOKENS } from '../console.fixture.js';

const STATE = {
  kind: 'demo',
  broker: 'kafka',
  commands: ['kill', 'verify'],
  processes: [{ name: 'relay', phase: 'up', ready: true, restarts: 0 }],
};
const REFUSED = { type: 'about:blank', title: 'Conflict', status: 409, detail: 'relay is down' };

async function open(...[listener]: Parameters<typeof serveUpstream>) {
  const services = await serveUpstream();
  const control = await serveUpstream(listener ?? answerJson(200, STATE));
  const env = { CONTROL_URL: control.url, CONTROL_TOKEN: TOKENS.CONTROL_TOKEN };
  const page = await (await serveConsole(services.url, env)).open();
  return { control, services, ...page };
}

describe('GET /api/session', () => {
  it('names the version and the commands of the control channel', async () => {
    const { get, control } = await open();
    expect((await get('/api/session')).json()).toEqual({
      console: { version: '1.2.3' },
      control: { kind: 'demo', broker: 'kafka', commands: ['kill', 'verify'] },
    });
    expect(control.requests[0]).toMatchObject({
      url: '/',
      headers: { authorization: `Bearer ${TOKENS.CONTROL_TOKEN}` },
    });
  });

  it.each([
    ['a problem', answerJson(503, { title: 'Service Unavailable' })],
    ['other JSON', answerJson(200, [])],
    ['an empty body', answerJson(200, undefined)],
  ])('has no control channel while that answers %s', async (_, listener) => {
    const { get } = await open(listener);
    expect((await get('/api/session')).json()).toMatchObject({ control: null });
  });

  it('waits longer than the demo waits for services whose database is paused', async () => {
    const timeout = vi.spyOn(AbortSignal, 'timeout');
    onTestFinished(() => timeout.mockRestore());
    const { get } = await open();
    await get('/api/session');
    await get('/api/control');
    expect(timeout.mock.calls).toEqual([[5_000]]);
  });

  it('has no control channel while that is down, or without CONTROL_URL', async () => {
    const { get, control, services } = await open();
    control.close();
    expect((await get('/api/session')).json()).toMatchObject({ control: null });
    const without = await (await serveConsole(services.url)).open();
    expect((await without.get('/api/session')).json()).toMatchObject({ control: null });
    for (const answer of [await without.get('/api/control'), await without.post('/api/control/kill', '{}')])
      expect([answer.status, answer.text]).toEqual([404, expect.stringContaining('CONTROL_URL is not set')]);
  });
});

describe('/api/control', () => {
  it('passes on the state, and commands with their answers', async () => {
    const { get, post, control, services } = await open((request, response) => {
      if (request.url === '/kill')
        answerJson(409, REFUSED, { 'content-type': 'application/problem+json' })(request, response);
      else answerJson(200, request.url === '/start' ? { text: 'relay runs' } : STATE)(request, response);
    });
    expect((await get('/api/control')).json()).toEqual(STATE);
    const refused = await post('/api/control/kill', '{"name":"relay"}');
    expect([refused.status, refused.json()]).toEqual([409, REFUSED]);
    expect((await post('/api/control/start', '{"name":"relay"}')).json()).toEqual({ text: 'relay runs' });
    expect(control.requests[1]).toMatchObject({
      method: 'POST',
      url: '/kill',
      body: '{"name":"relay"}',
      headers: { authorization: `Bearer ${TOKENS.CONTROL_TOKEN}` },
    });
    expect((await post('/api/control/..%2fkill', '{}')).status).toBe(400);
    expect((await get('/api/control/kill')).status).toBe(405);
    expect(control.requests).toHaveLength(3);
    expect(services.requests).toEqual([]);
  });
});
