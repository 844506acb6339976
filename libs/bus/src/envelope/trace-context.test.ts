import { nextTrace, readTrace } from './trace-context.js';

const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-00`;
const headers = (fields: Record<string, string>): Map<string, string> => new Map(Object.entries(fields));

describe('a trace that came with a message', () => {
  it('is handed on with a span of its own, its flags and its state', () => {
    const next = nextTrace(readTrace(headers({ traceparent, tracestate: 'vendor=x' })));

    expect(next.traceparent).toMatch(new RegExp(`^00-${'a'.repeat(32)}-(?!${'b'.repeat(16)})[0-9a-f]{16}-00$`, 'u'));
    expect(next.tracestate).toBe('vendor=x');
  });

  it('is where the event was made when the hop says nothing', () => {
    expect(readTrace(headers({}), traceparent)).toEqual({ traceparent });
    expect(readTrace(headers({ traceparent: 'nonsense' }), traceparent)).toEqual({ traceparent });
  });

  it.each([
    ['a parent of zeros', { traceparent: `00-${'a'.repeat(32)}-${'0'.repeat(16)}-01`, tracestate: 'vendor=x' }],
    ['a trace of zeros', { traceparent: `00-${'0'.repeat(32)}-${'b'.repeat(16)}-01` }],
    ['a state without a parent', { tracestate: 'vendor=x' }],
  ])('is dropped whole: %s', (_what, fields) => {
    expect(readTrace(headers(fields))).toEqual({});
    expect(nextTrace(readTrace(headers(fields)))).toEqual({
      traceparent: expect.stringMatching(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/u) as string,
    });
  });

  it.each(['x'.repeat(513), 'a=\u0007', ''])('loses a state that nobody must hand on', (tracestate) => {
    expect(readTrace(headers({ traceparent, tracestate }))).toEqual({ traceparent });
  });
});
